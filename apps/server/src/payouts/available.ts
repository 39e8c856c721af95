import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { Stripe } from '../vendors/stripe.ts';

/** What Stripe holds for the account in one currency, minor units. */
export type StripeFunds = { availableMinor: number; pendingMinor: number };

/** The connected account's balance per currency, and when Stripe was asked for it. */
export type StripeBalance = { funds: Map<string, StripeFunds>; askedAt: Date };

export async function stripeBalance(ctx: Ctx, stripeAccountId: string): Promise<StripeBalance> {
  const askedAt = ctx.clock.now();
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
  return { funds, askedAt };
}

/** Withdrawals that we have promised and that a balance asked for at this time may still contain. */
export async function unsentMinor(
  db: Db | Tx,
  contractorId: string,
  currency: Currency,
  askedAt: Date,
): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select coalesce(sum(amount_minor), 0)::bigint as total from payouts
    where contractor_id = ${contractorId} and currency = ${currency} and status in ('pending', 'in_transit')
      and (sent_at is null or sent_at >= ${askedAt})`.execute(db);
  return rows[0]!.total;
}
