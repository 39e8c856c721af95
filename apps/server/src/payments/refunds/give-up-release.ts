import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { wasSent } from '../../stripe-calls/stripe-calls.ts';
import { lockPayment } from '../lock.ts';
import { type RefundRequest, refundHeld } from './request.ts';

/**
 * Refunds what is left of a payment whose release was requested and cannot be made. Answers false, with nothing done, if
 * Stripe may have made the transfer already: that is found out about first.
 */
export async function giveUpRelease(
  ctx: Ctx,
  tx: Tx,
  paymentId: string,
  request: RefundRequest,
): Promise<boolean> {
  const payment = await lockPayment(tx, paymentId);
  if (payment.status !== 'held' || payment.release_waits_for === null) return false;
  if (await wasSent(tx, `release:${paymentId}`)) return false;
  const free = await tx
    .updateTable('payments')
    .set({
      release_requested_at: null,
      release_waits_for: null,
      set_off_minor: null,
      updated_at: ctx.clock.now(),
    })
    .where('id', '=', paymentId)
    .returningAll()
    .executeTakeFirstOrThrow();
  await refundHeld(ctx, tx, free, request);
  return true;
}
