import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';

// The caller of each of these holds the job's lock and has checked that the step is allowed.

/** open → booked: a contractor was asked. They may see the job, its address only from confirmation on. */
export async function markBooked(ctx: Ctx, tx: Tx, jobId: string, contractorId: string): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ status: 'booked', booked_contractor_id: contractorId, updated_at: ctx.clock.now() })
    .where('id', '=', jobId)
    .execute();
}

/** The booked contractor confirmed and sees the exact place from now on. */
export async function showAddress(ctx: Ctx, tx: Tx, jobId: string): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ shows_address: true, updated_at: ctx.clock.now() })
    .where('id', '=', jobId)
    .execute();
}

/** booked → open: the booking came to nothing. */
export async function reopenJob(ctx: Ctx, tx: Tx, jobId: string): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ status: 'open', booked_contractor_id: null, shows_address: false, updated_at: ctx.clock.now() })
    .where('id', '=', jobId)
    .execute();
}

/** The end of a job. Who still waits for an answer to an application gets it. */
export async function closeJob(
  ctx: Ctx,
  tx: Tx,
  jobId: string,
  status: 'completed' | 'cancelled',
): Promise<void> {
  const now = ctx.clock.now();
  await tx.updateTable('jobs').set({ status, updated_at: now }).where('id', '=', jobId).execute();
  await tx
    .updateTable('applications')
    .set({ status: 'declined', updated_at: now })
    .where('job_id', '=', jobId)
    .where('status', '=', 'open')
    .execute();
}
