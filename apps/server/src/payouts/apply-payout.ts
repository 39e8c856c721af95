import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PayoutRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { notify } from '../notifications/notifications.ts';
import { allocateWithdrawals } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { failPayout } from './fail.ts';
import { isAtCurrentAccount, lockPayout } from './lock.ts';

const rank = { pending: 0, in_transit: 1, paid: 2, failed: 3, canceled: 3 } as const;

/**
 * Moves a payout to what Stripe, just read, says of it. It only moves forward (pending, in transit, paid), except
 * that the bank may refuse at any point, even after "paid".
 */
export function applyPayout(ctx: Ctx, payoutId: string, made: Stripe.Payout): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const payout = await lockPayout(tx, payoutId);
    // Of an account that the contractor has left: what the bank returns there is no longer in our books.
    if (!(await isAtCurrentAccount(tx, payout))) return;
    const status = made.status as PayoutRow['status'];
    const current = payout.stripe_payout_id === null ? await markSent(ctx, tx, payout, made) : payout;
    if (rank[status] <= rank[current.status]) return;
    if (status === 'failed' || status === 'canceled') {
      const code = made.failure_code ?? status;
      await failPayout(ctx, tx, current, {
        code,
        message: made.failure_message ?? 'The payout did not reach the bank.',
        status,
      });
      return;
    }
    await advance(ctx, tx, current, status, made);
  });
}

/** Stripe has taken the money off the account's balance. */
async function markSent(ctx: Ctx, tx: Tx, payout: PayoutRow, made: Stripe.Payout): Promise<PayoutRow> {
  // Its money was given back because Stripe had refused it. Booking it now would invent money: somebody must look.
  if (payout.status !== 'pending') throw new Error(`${made.id} exists, but ${payout.id} is ${payout.status}`);
  const now = ctx.clock.now();
  await post(tx, now, {
    cause: `payout-sent:${payout.id}`,
    payoutId: payout.id,
    currency: payout.currency,
    lines: [
      { account: 'bank_in_transit', userId: payout.contractor_id, debitMinor: payout.amount_minor },
      { account: 'connected_stripe', userId: payout.contractor_id, creditMinor: payout.amount_minor },
    ],
  });
  return tx
    .updateTable('payouts')
    .set({
      stripe_payout_id: made.id,
      sent_at: now,
      arrival_date: new Date(made.arrival_date * 1000),
      updated_at: now,
    })
    .where('id', '=', payout.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function advance(
  ctx: Ctx,
  tx: Tx,
  payout: PayoutRow,
  status: PayoutRow['status'],
  made: Stripe.Payout,
): Promise<void> {
  const now = ctx.clock.now();
  const isPaid = status === 'paid';
  await tx
    .updateTable('payouts')
    .set({
      status,
      arrival_date: new Date(made.arrival_date * 1000),
      updated_at: now,
      ...(isPaid ? { completed_at: now } : {}),
    })
    .where('id', '=', payout.id)
    .execute();
  if (!isPaid) return;
  await post(tx, now, {
    cause: `payout-paid:${payout.id}`,
    payoutId: payout.id,
    currency: payout.currency,
    lines: [
      { account: 'payout_pending', userId: payout.contractor_id, debitMinor: payout.amount_minor },
      { account: 'bank_in_transit', userId: payout.contractor_id, creditMinor: payout.amount_minor },
    ],
  });
  await allocateWithdrawals(ctx, tx, payout.contractor_id, payout.currency);
  const data = { payoutId: payout.id, amountMinor: payout.amount_minor, currency: payout.currency };
  await notify(ctx, tx, [{ to: payout.contractor_id, type: 'payout.paid', about: payout.id, data }]);
}
