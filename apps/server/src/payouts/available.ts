import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { Stripe } from '../vendors/stripe.ts';

/** What Stripe holds for the account in one currency, minor units. */
export type StripeFunds = { availableMinor: number; pendingMinor: number };

/** The connected account's balance as Stripe has it now, per currency. */
export async function stripeFunds(ctx: Ctx, stripeAccountId: string): Promise<Map<string, StripeFunds>> {
  const balance = await ctx.stripe.balance.retrieve({}, { stripeAccount: stripeAccountId });
  const funds = new Map<string, StripeFunds>();
  const add = (entries: Stripe.Balance.Available[] | Stripe.Balance.Pending[], part: keyof StripeFunds) => {
    for (const entry of entries) {
      const known = funds.get(entry.currency) ?? { availableMinor: 0, pendingMinor: 0 };
      known[part] += entry.amount;
      funds.set(entry.currency, known);
    }
  };
  add(balance.available, 'availableMinor');
  add(balance.pending, 'pendingMinor');
  return funds;
}

/** Withdrawals that we have promised and Stripe does not know of yet: its balance still contains them. */
export async function unsentMinor(db: Db | Tx, contractorId: string, currency: Currency): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select coalesce(sum(amount_minor), 0)::bigint as total from payouts
    where contractor_id = ${contractorId} and currency = ${currency} and status = 'pending' and stripe_payout_id is null`.execute(
    db,
  );
  return rows[0]!.total;
}
