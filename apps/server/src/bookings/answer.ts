import type { Booking } from '@holdfast/contract';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { showAddress } from '../jobs/jobs.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { cancellationTerms } from './cancellation.ts';
import { endBooking } from './end.ts';
import { lockOwnBookingWithJob } from './lock.ts';
import { readBooking } from './rows.ts';

/** requested → confirmed by the contractor, in time. Errors: not_found, conflict. */
export function confirmBooking(ctx: Ctx, actor: Actor, bookingId: string): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockRequested(ctx, tx, actor, bookingId);
    const now = ctx.clock.now();
    const payBy = addMs(now, ctx.config.paymentLimitHours * hourMs);
    await tx
      .updateTable('bookings')
      .set({
        state: 'confirmed',
        confirmed_at: now,
        ...(await cancellationTerms(ctx, tx, booking.job_id)),
        pay_by: payBy,
        updated_at: now,
      })
      .where('id', '=', booking.id)
      .execute();
    await showAddress(ctx, tx, booking.job_id);
    await announce(tx, booking.id, 'booking.confirmed');
    const data = { deadline: payBy.toISOString() };
    await tellSides(ctx, tx, { bookingId: booking.id, type: 'booking.confirmed', to: ['customer'], data });
    return readBooking(tx, booking.id);
  });
}

/** requested → declined by the contractor, in time; their application is withdrawn with it. Errors: not_found, conflict. */
export function declineBooking(ctx: Ctx, actor: Actor, bookingId: string): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockRequested(ctx, tx, actor, bookingId);
    await endBooking(ctx, tx, booking, { state: 'declined' });
    return readBooking(tx, booking.id);
  });
}

async function lockRequested(ctx: Ctx, tx: Tx, actor: Actor, bookingId: string): Promise<BookingRow> {
  const booking = await lockOwnBookingWithJob(tx, actor, bookingId);
  if (booking.state !== 'requested') throw conflict(`This booking is ${booking.state}.`);
  // True from this moment on, whenever the sweep comes by.
  if (booking.answer_by <= ctx.clock.now()) throw conflict('The time to answer this booking is over.');
  return booking;
}
