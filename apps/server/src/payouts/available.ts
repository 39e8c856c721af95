import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { contractorFundsIn } from '../ledger/ledger.ts';
import { blockedMoney } from '../payments/payments.ts';
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

/** What a contractor may withdraw in one currency, minor units, and what of their money they may not. */
export type Withdrawable = {
  /** Theirs, released, neither frozen nor needed for what they owe. */
  owedMinor: number;
  /** What Stripe has settled of it, less what has been promised and not left yet. */
  settledMinor: number;
  availableMinor: number;
  frozenMinor: number;
  debtMinor: number;
};

/** The smaller of what the ledger owes and what Stripe has settled. Exact under the lock of the contractor's account. */
export async function withdrawable(
  db: Db | Tx,
  contractorId: string,
  currency: Currency,
  { funds, askedAt }: StripeBalance,
): Promise<Withdrawable> {
  const ledger = await contractorFundsIn(db, contractorId, currency);
  const { frozenMinor, reversingMinor } = await blockedMoney(db, contractorId, currency, askedAt);
  const debtMinor = ledger?.debtMinor ?? 0;
  const owedMinor = Math.max(0, (ledger?.contractorBalanceMinor ?? 0) - debtMinor - frozenMinor);
  const settledMinor =
    (funds.get(currency)?.availableMinor ?? 0) -
    reversingMinor -
    (await unsentMinor(db, contractorId, currency, askedAt));
  const availableMinor = Math.max(0, Math.min(owedMinor, settledMinor));
  return { owedMinor, settledMinor, availableMinor, frozenMinor, debtMinor };
}

/** Withdrawals that we have promised and that a balance asked for at this time may still contain. */
async function unsentMinor(
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
