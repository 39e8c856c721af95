import type { File } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { conflict } from '../errors.ts';
import { filesOf, type PurposeRules, presentFiles } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { maySeeJob, requireVisibleJob } from './get.ts';
import { lockOwnJob } from './lock.ts';
import { jobRows } from './rows.ts';

/** What a customer shows of a job, to those who may see the job. */
export const jobFiles: PurposeRules = {
  kinds: ['image', 'pdf', 'document', 'text'],
  maximum: 10,
  objectOf: (_actor, given) => given ?? null,
  requirePlace: async (tx, actor, jobId) => {
    const job = await lockOwnJob(tx, actor, jobId);
    if (job.status !== 'open' && job.status !== 'booked') throw conflict(`This job is ${job.status}.`);
  },
  mayRead: async (db, viewer, jobId) => {
    const job = await jobRows(db).where('jobs.id', '=', jobId).executeTakeFirst();
    return job !== undefined && maySeeJob(db, viewer.userId, job);
  },
};

/** The files of a job this person may see, oldest first. Throws not_found. */
export async function listJobFiles(ctx: Ctx, actor: Actor, jobId: string): Promise<{ items: File[] }> {
  await requireVisibleJob(ctx, actor, jobId);
  const rows = await filesOf(ctx.db, 'job', jobId, actor.userId);
  return { items: await presentFiles(ctx, actor.userId, rows) };
}
