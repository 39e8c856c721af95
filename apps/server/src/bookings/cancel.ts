import { amountStepMinor, type Booking, type Currency } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { abandonPayment, requestRefund, requestRelease, unreturnedMinor } from '../payments/payments.ts';
import { cancellationFeeMinor } from './cancellation.ts';
import { endBooking } from './end.ts';
import { lockOwnBookingWithJob } from './lock.ts';
import { readBooking } from './rows.ts';

/**
 * Either side cancels before delivery. What is held goes back in full, less the fee if the customer cancels late: that
 * goes to the contractor. Errors: not_found, conflict (delivered, frozen, or ended already).
 */
export function cancelBooking(
  ctx: Ctx,
  actor: Actor,
  bookingId: string,
  input: { reason?: string },
): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockOwnBookingWithJob(tx, actor, bookingId);
    const cancelledBy = actor.userId === booking.customer_id ? 'customer' : 'contractor';
    await settleMoney(ctx, tx, booking, cancelledBy);
    await endBooking(ctx, tx, booking, {
      state: 'cancelled',
      cancelled_by: cancelledBy,
      cancel_reason: input.reason ?? null,
    });
    return readBooking(tx, booking.id);
  });
}

async function settleMoney(
  ctx: Ctx,
  tx: Tx,
  booking: BookingRow,
  cancelledBy: 'customer' | 'contractor',
): Promise<void> {
  if (booking.state === 'requested' || booking.state === 'confirmed') {
    if ((await abandonPayment(ctx, tx, booking.id)) === 'held')
      await requestRefund(ctx, tx, booking.id, { cause: 'cancellation' });
    return;
  }
  if (booking.state !== 'active') throw conflict(`This booking is ${booking.state} and cannot be cancelled.`);
  const isLate = booking.cancel_free_until !== null && booking.cancel_free_until <= ctx.clock.now();
  const leftMinor = await unreturnedMinor(tx, booking.id);
  const feeMinor =
    cancelledBy === 'customer' && isLate ? Math.min(cancellationFeeMinor(booking), leftMinor) : 0;
  const refundMinor = feeMinor === 0 ? leftMinor : wholeSteps(leftMinor - feeMinor, booking.currency);
  if (refundMinor > 0)
    await requestRefund(ctx, tx, booking.id, { cause: 'cancellation', amountMinor: refundMinor });
  if (feeMinor > 0) await requestRelease(ctx, tx, booking.id);
}

/** A bank that has taken a part of the payment may have left a sum of which a refund takes whole steps only. */
const wholeSteps = (amountMinor: number, currency: Currency): number =>
  amountMinor - (amountMinor % amountStepMinor(currency));
