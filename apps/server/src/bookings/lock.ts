import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { lockJob } from '../jobs/jobs.ts';

/** The booking, locked until the transaction ends; undefined if there is none. */
export const lockBooking = (tx: Tx, bookingId: string): Promise<BookingRow | undefined> =>
  tx.selectFrom('bookings').selectAll().where('id', '=', bookingId).forNoKeyUpdate().executeTakeFirst();

/** A booking the actor takes part in, locked. Another person's is not_found. */
export async function lockOwnBooking(tx: Tx, actor: Actor, bookingId: string): Promise<BookingRow> {
  return requireSide(await lockBooking(tx, bookingId), actor);
}

/**
 * Like lockOwnBooking, with the booking's job locked before it: for what changes both.
 * The order is the same everywhere, job, booking, payment, so that nobody waits in a circle.
 */
export async function lockOwnBookingWithJob(tx: Tx, actor: Actor, bookingId: string): Promise<BookingRow> {
  return requireSide(await lockBookingWithJob(tx, bookingId), actor);
}

/** The booking with its job locked before it; undefined if there is none. */
export async function lockBookingWithJob(tx: Tx, bookingId: string): Promise<BookingRow | undefined> {
  const booking = await tx
    .selectFrom('bookings')
    .select('job_id')
    .where('id', '=', bookingId)
    .executeTakeFirst();
  if (booking === undefined) return undefined;
  await lockJob(tx, booking.job_id);
  return lockBooking(tx, bookingId);
}

function requireSide(booking: BookingRow | undefined, actor: Actor): BookingRow {
  if (
    booking === undefined ||
    (booking.customer_id !== actor.userId && booking.contractor_id !== actor.userId)
  )
    throw notFound('booking');
  return booking;
}
