import type { Application, ApplicationStatus, Page } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { newestFirst, type PageRequest } from '../../db/newest-first.ts';
import { notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { applicationRows, presentApplications } from './rows.ts';

type Query = PageRequest & { status?: ApplicationStatus };

/** The applications for the actor's own job, newest first. Errors: not_found. */
export async function listApplicationsOfJob(
  ctx: Ctx,
  actor: Actor,
  jobId: string,
  query: Query,
): Promise<Page<Application>> {
  const job = await ctx.db
    .selectFrom('jobs')
    .select('id')
    .where('id', '=', jobId)
    .where('customer_id', '=', actor.userId)
    .executeTakeFirst();
  if (job === undefined) throw notFound('job');
  return readPage(ctx, applicationRows(ctx.db).where('job_id', '=', jobId), query);
}

/** The actor's own applications, newest first. */
export const listOwnApplications = (ctx: Ctx, actor: Actor, query: Query): Promise<Page<Application>> =>
  readPage(ctx, applicationRows(ctx.db).where('contractor_id', '=', actor.userId), query);

async function readPage(
  ctx: Ctx,
  rowsOf: ReturnType<typeof applicationRows>,
  query: Query,
): Promise<Page<Application>> {
  let select = rowsOf;
  if (query.status !== undefined) select = select.where('applications.status', '=', query.status);
  const page = await newestFirst(select, 'applications.created_at', query);
  return { items: await presentApplications(ctx.db, page.items), nextCursor: page.nextCursor };
}
