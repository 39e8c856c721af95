import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PayoutRow } from '../db/tables/payments.ts';
import { type LedgerLine, post } from '../ledger/ledger.ts';
import { notify } from '../notifications/notifications.ts';
import { allocateWithdrawals } from '../payments/payments.ts';
import { isScheduled } from './request-key.ts';
import { pauseSchedule } from './schedule/pause.ts';

export type PayoutFailure = { code: string; message: string; status?: 'failed' | 'canceled' };

/**
 * Ends a payout that did not reach the bank and gives the money back to the contractor's balance, once: the caller
 * holds the lock, and a payout that failed already is left alone. Also undoes one that counted as paid before,
 * and pauses the schedule that made it.
 */
export async function failPayout(ctx: Ctx, tx: Tx, payout: PayoutRow, failure: PayoutFailure): Promise<void> {
  if (payout.status === 'failed' || payout.status === 'canceled') return;
  const now = ctx.clock.now();
  await tx
    .updateTable('payouts')
    .set({
      status: failure.status ?? 'failed',
      failure_code: failure.code,
      failure_message: failure.message,
      completed_at: now,
      updated_at: now,
    })
    .where('id', '=', payout.id)
    .execute();
  await post(tx, now, {
    cause: `payout-failed:${payout.id}`,
    payoutId: payout.id,
    currency: payout.currency,
    lines: returnLines(payout),
  });
  if (isScheduled(payout)) await pauseSchedule(tx, payout, failure, now);
  if (payout.status === 'paid') await allocateWithdrawals(ctx, tx, payout.contractor_id, payout.currency);
  const data = { payoutId: payout.id, amountMinor: payout.amount_minor, currency: payout.currency };
  await notify(ctx, tx, [{ to: payout.contractor_id, type: 'payout.failed', about: payout.id, data }]);
}

/** Where the money is now decides where it comes back from: not sent, on its way, or already counted as arrived. */
function returnLines(payout: PayoutRow): LedgerLine[] {
  const owner = { userId: payout.contractor_id };
  const amountMinor = payout.amount_minor;
  const credited: LedgerLine = { account: 'contractor_balance', ...owner, creditMinor: amountMinor };
  if (payout.status === 'paid')
    return [{ account: 'connected_stripe', ...owner, debitMinor: amountMinor }, credited];
  const promised: LedgerLine = { account: 'payout_pending', ...owner, debitMinor: amountMinor };
  if (payout.stripe_payout_id === null) return [promised, credited];
  return [
    promised,
    credited,
    { account: 'connected_stripe', ...owner, debitMinor: amountMinor },
    { account: 'bank_in_transit', ...owner, creditMinor: amountMinor },
  ];
}
