import { addMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';

/**
 * Gives the customer of a delivered booking at least this long, from now, to look at it before it counts as complete.
 * The caller holds the booking's lock.
 */
export async function extendReview(ctx: Ctx, tx: Tx, bookingId: string, leastMs: number): Promise<void> {
  const now = ctx.clock.now();
  const until = addMs(now, leastMs);
  await tx
    .updateTable('bookings')
    .set({ release_at: until, updated_at: now })
    .where('id', '=', bookingId)
    .where('state', '=', 'delivered')
    .where('release_at', '<', until)
    .execute();
}
