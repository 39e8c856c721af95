import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { reopenJob, returnApplication } from '../jobs/jobs.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';

export type Ending =
  | { state: 'declined' }
  | { state: 'expired' }
  | {
      state: 'cancelled';
      cancelled_by: 'customer' | 'contractor' | 'platform';
      cancel_reason: string | null;
    };

/**
 * Ends a booking that came to nothing: its job is open again, and so is the application it was made from, unless
 * the contractor does not want the job. The caller holds the locks of job and booking and has settled the money.
 */
export async function endBooking(ctx: Ctx, tx: Tx, booking: BookingRow, ending: Ending): Promise<void> {
  const now = ctx.clock.now();
  await tx
    .updateTable('bookings')
    .set({ ...ending, ended_at: now, updated_at: now })
    .where('id', '=', booking.id)
    .execute();
  if (booking.application_id !== null)
    await returnApplication(
      ctx,
      tx,
      booking.application_id,
      ending.state === 'declined' ? 'withdrawn' : 'open',
    );
  await reopenJob(ctx, tx, booking.job_id);
  await announce(tx, booking.id, `booking.${ending.state}`);
  await tellSides(ctx, tx, {
    bookingId: booking.id,
    type: `booking.${ending.state}`,
    to: sidesToTell(ending),
  });
}

/** Who did it knows. */
function sidesToTell(ending: Ending): ('customer' | 'contractor')[] {
  if (ending.state === 'declined') return ['customer'];
  if (ending.state !== 'cancelled' || ending.cancelled_by === 'platform') return ['customer', 'contractor'];
  return [ending.cancelled_by === 'customer' ? 'contractor' : 'customer'];
}
