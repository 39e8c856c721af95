import type { adminChat, InputOf, Page, Report } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { newestFirst } from '../../db/newest-first.ts';
import type { Actor } from '../../http/authenticate.ts';
import { presentReports } from './present-reports.ts';
import { recordReading } from './record-reading.ts';

/** What people reported, newest first. */
export async function listReports(
  ctx: Ctx,
  actor: Actor,
  query: InputOf<typeof adminChat.listReports>['query'],
): Promise<Page<Report>> {
  const { state = 'open' } = query;
  const select = ctx.db
    .selectFrom('reports')
    .selectAll()
    .where('closed_at', state === 'open' ? 'is' : 'is not', null);
  const { items: rows, nextCursor } = await newestFirst(select, 'reports.created_at', query);
  const items = await presentReports(ctx, actor.userId, rows);
  const read = items.flatMap(({ message }) => message ?? []);
  await recordReading(ctx, actor.userId, `reports.${state}`, read);
  return { items, nextCursor };
}
