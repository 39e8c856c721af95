import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';

/**
 * Takes back what somebody who deletes their account has on the market: open jobs are cancelled, with the open
 * applications for them declined, and their own open applications are withdrawn. Bookings are not touched.
 */
export async function leaveMarket(ctx: Ctx, tx: Tx, userId: string): Promise<void> {
  const now = ctx.clock.now();
  const cancelled = await tx
    .updateTable('jobs')
    .set({ status: 'cancelled', updated_at: now })
    .where('customer_id', '=', userId)
    .where('status', '=', 'open')
    .returning('id')
    .execute();
  if (cancelled.length > 0)
    await tx
      .updateTable('applications')
      .set({ status: 'declined', updated_at: now })
      .where(
        'job_id',
        'in',
        cancelled.map((job) => job.id),
      )
      .where('status', '=', 'open')
      .execute();
  await tx
    .updateTable('applications')
    .set({ status: 'withdrawn', updated_at: now })
    .where('contractor_id', '=', userId)
    .where('status', '=', 'open')
    .execute();
}
