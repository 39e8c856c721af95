import type { Job } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentJob } from './present.ts';
import { type JobRow, jobRows } from './rows.ts';

/** A job this person may see: any on the market, else one that they posted, applied for or are booked for. */
export async function getJob(ctx: Ctx, actor: Actor, jobId: string): Promise<Job> {
  const job = await jobRows(ctx.db).where('jobs.id', '=', jobId).executeTakeFirst();
  if (job === undefined || !(await maySee(ctx, actor, job))) throw notFound('job');
  return presentJob(ctx.db, actor, job);
}

async function maySee(ctx: Ctx, actor: Actor, job: JobRow): Promise<boolean> {
  const isOnMarket = job.status === 'open' && !job.is_hidden;
  if (isOnMarket || job.customer_id === actor.userId || job.booked_contractor_id === actor.userId)
    return true;
  const application = await ctx.db
    .selectFrom('applications')
    .select('id')
    .where('job_id', '=', job.id)
    .where('contractor_id', '=', actor.userId)
    .executeTakeFirst();
  return application !== undefined;
}
