import type { Booking } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { abandonPayment, requestRefund } from '../payments/payments.ts';
import { endBooking } from './end.ts';
import { lockOwnBookingWithJob } from './lock.ts';
import { readBooking } from './rows.ts';

/**
 * Either side cancels before delivery; what is held goes back in full.
 * Errors: not_found, conflict (delivered, or ended already).
 */
export function cancelBooking(
  ctx: Ctx,
  actor: Actor,
  bookingId: string,
  input: { reason?: string },
): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockOwnBookingWithJob(tx, actor, bookingId);
    await settleMoney(ctx, tx, booking);
    await endBooking(ctx, tx, booking, {
      state: 'cancelled',
      cancelled_by: actor.userId === booking.customer_id ? 'customer' : 'contractor',
      cancel_reason: input.reason ?? null,
    });
    return readBooking(tx, booking.id);
  });
}

async function settleMoney(ctx: Ctx, tx: Tx, booking: BookingRow): Promise<void> {
  if (booking.state === 'requested' || booking.state === 'confirmed') {
    if ((await abandonPayment(ctx, tx, booking.id)) === 'held') await requestRefund(ctx, tx, booking.id);
    return;
  }
  if (booking.state !== 'active') throw conflict(`This booking is ${booking.state} and cannot be cancelled.`);
  await requestRefund(ctx, tx, booking.id);
}
