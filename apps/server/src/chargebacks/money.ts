import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { post } from '../ledger/ledger.ts';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * Books what the bank has taken from the platform's balance and given back, each movement of Stripe once, with the fee.
 * The disputed money is the bank's to decide about until then: neither ours nor lost. Answers what was given back less
 * what was taken by the movements that are new, minor units.
 */
export async function bookMoney(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  dispute: Stripe.Dispute,
): Promise<number> {
  const paymentId = chargeback.payment_id;
  const booked = await bookedMovements(
    tx,
    dispute.balance_transactions.map(({ id }) => cause(id)),
  );
  let bookedMinor = 0;
  for (const movement of dispute.balance_transactions) {
    if (booked.has(cause(movement.id))) continue;
    bookedMinor += movement.amount;
    await post(tx, ctx.clock.now(), {
      cause: cause(movement.id),
      paymentId,
      currency: chargeback.currency,
      lines: [
        { account: 'chargebacks', paymentId, creditMinor: movement.amount },
        { account: 'stripe_fees', paymentId, debitMinor: movement.fee },
        { account: 'platform_stripe', paymentId, debitMinor: movement.net },
      ],
    });
  }
  return bookedMinor;
}

const cause = (movementId: string): string => `chargeback-money:${movementId}`;

async function bookedMovements(tx: Tx, causes: readonly string[]): Promise<Set<string>> {
  if (causes.length === 0) return new Set();
  const rows = await tx.selectFrom('ledger_entries').select('cause').where('cause', 'in', causes).execute();
  return new Set(rows.map((row) => row.cause));
}

/** What the bank has by this dispute now, minor units; there may be several about one payment. */
export const withBankBy = ({ balance_transactions: movements }: Stripe.Dispute): number =>
  -movements.reduce((sum, { amount }) => sum + amount, 0);

/** What the bank has of this payment's money now, by all disputes that are booked, minor units. */
export async function withBankMinor(tx: Tx, paymentId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select coalesce(sum(amount_minor), 0)::bigint as total from ledger_lines
    where payment_id = ${paymentId} and account = 'chargebacks'`.execute(tx);
  return rows[0]!.total;
}
