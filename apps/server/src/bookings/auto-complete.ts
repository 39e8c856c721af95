import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { completeBooking } from './complete.ts';
import { forEachDue } from './due.ts';
import { isFrozen } from './is-frozen.ts';
import { lockBookingWithJob } from './lock.ts';

/** Sweep: a customer who was silent through the review period counts as satisfied, and the money is released. */
export async function autoCompleteBookings(ctx: Ctx): Promise<void> {
  await forEachDue(ctx, { state: 'delivered', column: 'release_at' }, (id) =>
    inTransaction(ctx.db, async (tx) => {
      const booking = await lockBookingWithJob(tx, id);
      if (booking?.state !== 'delivered' || booking.release_at === null) return;
      if (booking.release_at > ctx.clock.now() || (await isFrozen(tx, id))) return;
      await completeBooking(ctx, tx, booking, 'system');
    }),
  );
}
