import type { Job, JobStatus, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentJobs } from './present.ts';
import { jobRows } from './rows.ts';

type Query = { status?: JobStatus; cursor?: string; limit?: number };

/** The actor's own jobs, newest first. */
export async function listOwnJobs(ctx: Ctx, actor: Actor, query: Query): Promise<Page<Job>> {
  const limit = query.limit ?? defaultPageSize;
  let select = jobRows(ctx.db).where('customer_id', '=', actor.userId);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.cursor !== undefined) {
    const [createdAt, id] = decodeCursor(query.cursor, ['date', 'string']);
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(createdAt, id)),
    );
  }
  const rows = await select
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageFrom(
    rows,
    limit,
    (row) => row,
    (row) => [row.created_at.toISOString(), row.id],
  );
  return { items: await presentJobs(ctx.db, actor, page.items), nextCursor: page.nextCursor };
}
