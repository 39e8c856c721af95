import type { Job } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Db } from '../db/connect.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentJob } from './present.ts';
import { type JobRow, jobRows } from './rows.ts';

/** A job this person may see: any on the market, else one that they posted, applied for or are booked for. */
export async function getJob(ctx: Ctx, actor: Actor, jobId: string): Promise<Job> {
  return presentJob(ctx.db, actor, await requireVisibleJob(ctx, actor, jobId));
}

/** The job, if this person may see it. Throws not_found. */
export async function requireVisibleJob(ctx: Ctx, actor: Actor, jobId: string): Promise<JobRow> {
  const job = await jobRows(ctx.db).where('jobs.id', '=', jobId).executeTakeFirst();
  if (job === undefined || !(await maySeeJob(ctx.db, actor.userId, job))) throw notFound('job');
  return job;
}

export async function maySeeJob(db: Db, userId: string, job: JobRow): Promise<boolean> {
  const isOnMarket = job.status === 'open' && !job.is_hidden;
  if (isOnMarket || job.customer_id === userId || job.booked_contractor_id === userId) return true;
  const application = await db
    .selectFrom('applications')
    .select('id')
    .where('job_id', '=', job.id)
    .where('contractor_id', '=', userId)
    .executeTakeFirst();
  return application !== undefined;
}
