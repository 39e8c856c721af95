import type { Job, JobStatus, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentJobs } from './present.ts';
import { jobRows } from './rows.ts';

type Query = PageRequest & { status?: JobStatus };

/** The actor's own jobs, newest first. */
export async function listOwnJobs(ctx: Ctx, actor: Actor, query: Query): Promise<Page<Job>> {
  let select = jobRows(ctx.db).where('customer_id', '=', actor.userId);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  const page = await newestFirst(select, 'jobs.created_at', query);
  return { items: await presentJobs(ctx.db, actor, page.items), nextCursor: page.nextCursor };
}
