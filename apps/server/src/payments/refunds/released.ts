import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { RefundRow } from '../../db/tables/refunds.ts';
import { conflict } from '../../errors.ts';
import { requireUnfrozen } from '../freezes.ts';
import { lockPaymentWithAccount } from '../lock.ts';
import { countReturned } from '../returned.ts';
import { takeBack } from '../reversals/take-back.ts';
import { allocateWithdrawals } from '../withdrawn.ts';
import { refundableMinor } from './amount.ts';
import { enqueueRefund, prepareAttempt } from './attempt.ts';
import { oweRefund, type RefundRequest } from './request.ts';

/**
 * Refunds money that was released: the contractor's share is taken back from their account before the customer gets it,
 * and what they have withdrawn already becomes a debt. The platform gives its commission on it up.
 * Errors: conflict, validation_failed.
 */
export async function refundReleased(
  ctx: Ctx,
  tx: Tx,
  paymentId: string,
  request: RefundRequest,
): Promise<RefundRow> {
  const payment = await lockPaymentWithAccount(tx, paymentId);
  if (payment.status !== 'released' && payment.status !== 'withdrawn')
    throw conflict(`This payment is ${payment.status}, not released.`);
  await requireUnfrozen(tx, paymentId);
  const amountMinor = refundableMinor(payment, request.amountMinor);
  const shares = await countReturned(ctx, tx, payment, amountMinor);
  const taken = await takeBack(ctx, tx, payment, shares.contractorMinor);
  const refund = await oweRefund(ctx, tx, payment, { ...request, amountMinor }, [
    { account: 'commission', paymentId, debitMinor: shares.commissionMinor },
    ...taken.lines,
  ]);
  await prepareAttempt(ctx, tx, payment, refund);
  // With a reversal under way, that sends the refund when it is done: the money comes in before it goes out.
  if (!taken.hasReversal) await enqueueRefund(tx, refund.id);
  await allocateWithdrawals(ctx, tx, payment.contractor_id, payment.currency);
  return refund;
}
