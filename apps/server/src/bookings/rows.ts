import type { Booking } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Db, Tx } from '../db/connect.ts';
import { cancellationFeeMinor } from './cancellation.ts';

/** Bookings with the title of their job, as they are presented. */
export const bookingRows = (db: Db | Tx) =>
  db
    .selectFrom('bookings')
    .innerJoin('jobs', 'jobs.id', 'bookings.job_id')
    .selectAll('bookings')
    .select('jobs.title');

export type BookingWithJob = Awaited<ReturnType<ReturnType<typeof bookingRows>['execute']>>[number];

/** Bookings as both sides see them. One query for all the names. */
export async function presentBookings(db: Db | Tx, rows: readonly BookingWithJob[]): Promise<Booking[]> {
  const people = await publicPerson(
    db,
    rows.flatMap((row) => [row.customer_id, row.contractor_id]),
  );
  const person = (id: string) => ({ id, name: people.get(id)?.name ?? '' });
  return rows.map((row) => ({
    id: row.id,
    job: { id: row.job_id, title: row.title },
    customer: person(row.customer_id),
    contractor: person(row.contractor_id),
    applicationId: row.application_id,
    price: { amount: row.price_minor, currency: row.currency },
    message: row.message,
    state: row.state,
    cancellation: {
      freeUntil: time(row.cancel_free_until),
      lateFee: { amount: cancellationFeeMinor(row), currency: row.currency },
    },
    deliveryNote: row.delivery_note,
    cancelledBy: row.cancelled_by,
    cancelReason: row.cancel_reason,
    completedBy: row.completed_by,
    ...timesOf(row),
  }));
}

/** The booking by its id, presented. It must exist. */
export async function readBooking(db: Db | Tx, id: string): Promise<Booking> {
  const row = await bookingRows(db).where('bookings.id', '=', id).executeTakeFirstOrThrow();
  return (await presentBookings(db, [row]))[0]!;
}

const timesOf = (row: BookingWithJob) => ({
  answerBy: row.answer_by.toISOString(),
  payBy: time(row.pay_by),
  releaseAt: time(row.release_at),
  requestedAt: row.requested_at.toISOString(),
  confirmedAt: time(row.confirmed_at),
  activeAt: time(row.active_at),
  deliveredAt: time(row.delivered_at),
  completedAt: time(row.completed_at),
  endedAt: time(row.ended_at),
  updatedAt: row.updated_at.toISOString(),
});

const time = (date: Date | null) => date?.toISOString() ?? null;
