import type { Booking } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { closeJob, lockOwnJob } from '../jobs/jobs.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { requestRelease } from '../payments/payments.ts';
import { readBooking } from './rows.ts';

/**
 * The customer marks their job complete: its booking is completed and the money is released. Done again, it
 * answers the same booking and does nothing. Errors: not_found, conflict (nothing is held for this job).
 */
export function completeJob(ctx: Ctx, actor: Actor, jobId: string): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    await lockOwnJob(tx, actor, jobId);
    const booking = await lockCompletable(tx, jobId);
    if (booking.state !== 'completed') await completeBooking(ctx, tx, booking, 'customer');
    return readBooking(tx, booking.id);
  });
}

/**
 * active or delivered → completed, and the release of its money, in one transaction. The caller holds the locks
 * of job and booking and has checked the state.
 */
export async function completeBooking(
  ctx: Ctx,
  tx: Tx,
  booking: BookingRow,
  completedBy: 'customer' | 'system' | 'platform',
): Promise<void> {
  const now = ctx.clock.now();
  await tx
    .updateTable('bookings')
    .set({ state: 'completed', completed_at: now, completed_by: completedBy, updated_at: now })
    .where('id', '=', booking.id)
    .execute();
  await closeJob(ctx, tx, booking.job_id, 'completed');
  await announce(tx, booking.id, 'booking.completed');
  await requestRelease(ctx, tx, booking.id);
  await tellSides(ctx, tx, {
    bookingId: booking.id,
    type: 'booking.completed',
    // Who completed it knows.
    to: completedBy === 'customer' ? ['contractor'] : ['customer', 'contractor'],
    data: await shareOf(tx, booking.id),
  });
}

/** What the contractor gets of it, minor units: the price less the commission and what went back. */
async function shareOf(tx: Tx, bookingId: string): Promise<{ amountMinor?: number }> {
  const payment = await tx
    .selectFrom('payments')
    .select('contractor_minor')
    .where('booking_id', '=', bookingId)
    .where('held_at', 'is not', null)
    .executeTakeFirst();
  return payment === undefined ? {} : { amountMinor: payment.contractor_minor };
}

/** The one booking of the job that is live or completed; the others came to nothing. */
async function lockCompletable(tx: Tx, jobId: string): Promise<BookingRow> {
  const booking = await tx
    .selectFrom('bookings')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('state', 'in', ['requested', 'confirmed', 'active', 'delivered', 'completed'])
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (booking === undefined) throw conflict('This job has no booking to complete.');
  if (booking.state === 'requested' || booking.state === 'confirmed')
    throw conflict(`The booking of this job is ${booking.state}: no money is held for it yet.`);
  return booking;
}
