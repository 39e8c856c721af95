import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { conflict } from '../errors.ts';
import { type RefundRequest, requestRefund, unreturnedMinor } from '../payments/payments.ts';
import { completeBooking } from './complete.ts';
import { endBooking } from './end.ts';

export type Resolution = {
  /** Minor units that go back to the customer: 0 releases all that is left, all that is left or more refunds it. */
  refundMinor: number;
  cause: RefundRequest['cause'];
  /** Shown to both sides with a refund in full. */
  reason: string | null;
  adminId?: string;
  /** The admin's idempotency key, kept with the refund. */
  requestKey?: string;
};

/**
 * The platform decides over a booking whose money is held: all of it back and the booking is cancelled, or a part (or
 * nothing) back, the rest to the contractor, and it is completed. The caller holds the locks of job and booking.
 * Errors: conflict if it is not active or delivered, or the money is frozen or on its way already; validation_failed.
 */
export async function resolveBooking(
  ctx: Ctx,
  tx: Tx,
  booking: BookingRow,
  { refundMinor, cause, reason, adminId, requestKey }: Resolution,
): Promise<void> {
  if (booking.state !== 'active' && booking.state !== 'delivered')
    throw conflict(`This booking is ${booking.state}: no money of it waits for a decision.`);
  const leftMinor = await unreturnedMinor(tx, booking.id);
  if (refundMinor > 0)
    await requestRefund(ctx, tx, booking.id, {
      amountMinor: Math.min(refundMinor, leftMinor),
      cause,
      ...(adminId === undefined ? {} : { adminId }),
      ...(requestKey === undefined ? {} : { requestKey }),
      ...(reason === null ? {} : { note: reason }),
    });
  if (refundMinor < leftMinor) return completeBooking(ctx, tx, booking, 'platform');
  await endBooking(ctx, tx, booking, {
    state: 'cancelled',
    cancelled_by: 'platform',
    cancel_reason: reason,
  });
}

/** Ends a live booking whose money has all gone back by other ways, a lost chargeback say. */
export async function endReturnedBooking(
  ctx: Ctx,
  tx: Tx,
  booking: BookingRow,
  reason: string,
): Promise<void> {
  if (booking.state !== 'active' && booking.state !== 'delivered') return;
  await endBooking(ctx, tx, booking, {
    state: 'cancelled',
    cancelled_by: 'platform',
    cancel_reason: reason,
  });
}
