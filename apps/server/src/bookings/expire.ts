import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { abandonPayment } from '../payments/payments.ts';
import { activateBooking } from './activate.ts';
import { forEachDue } from './due.ts';
import { endBooking } from './end.ts';
import { lockBookingWithJob } from './lock.ts';

/** Sweep: bookings that nobody answered, and confirmed ones that nobody paid, end as expired. */
export async function expireBookings(ctx: Ctx): Promise<void> {
  await forEachDue(ctx, { state: 'requested', column: 'answer_by' }, (id) => expire(ctx, id));
  await forEachDue(ctx, { state: 'confirmed', column: 'pay_by' }, (id) => expire(ctx, id));
}

const expire = (ctx: Ctx, bookingId: string): Promise<void> =>
  inTransaction(ctx.db, async (tx) => {
    const booking = await lockBookingWithJob(tx, bookingId);
    const now = ctx.clock.now();
    if (booking?.state === 'requested' && booking.answer_by <= now)
      await endBooking(ctx, tx, booking, { state: 'expired' });
    if (booking?.state === 'confirmed' && booking.pay_by !== null && booking.pay_by <= now) {
      if (await isPaid(ctx, tx, bookingId)) await activateBooking(ctx, tx, bookingId);
      else await endBooking(ctx, tx, booking, { state: 'expired' });
    }
  });

/** Money that came in at the last moment counts; an intent that is still unpaid is cancelled. */
const isPaid = async (ctx: Ctx, tx: Tx, bookingId: string) =>
  (await abandonPayment(ctx, tx, bookingId)) === 'held';
