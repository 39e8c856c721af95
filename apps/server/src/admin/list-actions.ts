import type { AdminAction, admin, InputOf, Page } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import { inPeriod } from './period.ts';

const list = 'admin_actions.seq';

/** The audit log, newest first. */
export async function listActions(
  ctx: Ctx,
  query: InputOf<typeof admin.listActions>['query'],
): Promise<Page<AdminAction>> {
  const limit = query.limit ?? defaultPageSize;
  let select = ctx.db
    .selectFrom('admin_actions')
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (query.adminId !== undefined) select = select.where('admin_id', '=', query.adminId);
  if (query.action !== undefined) select = select.where('action', '=', query.action);
  if (query.subject !== undefined) select = select.where('subject', '=', query.subject);
  select = inPeriod(select, 'admin_actions.created_at', query);
  if (query.cursor !== undefined) {
    const [of, seq] = decodeCursor(query.cursor, ['string', 'integer']);
    if (of !== list) throw badCursor();
    select = select.where('seq', '<', seq);
  }
  const page = pageFrom(
    await select.execute(),
    limit,
    (row) => row,
    (row) => [list, row.seq],
  );
  const people = await publicPerson(
    ctx.db,
    page.items.flatMap((row) => row.admin_id ?? []),
  );
  const items = page.items.map((row) => ({
    seq: row.seq,
    id: row.id,
    admin: row.admin_id === null ? null : { id: row.admin_id, name: people.get(row.admin_id)?.name ?? '' },
    action: row.action,
    subject: row.subject,
    details: row.details,
    createdAt: row.created_at.toISOString(),
    previousHash: row.previous_hash.toString('hex'),
    hash: row.hash.toString('hex'),
  }));
  return { items, nextCursor: page.nextCursor };
}
