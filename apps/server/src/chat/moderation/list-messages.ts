import type { AdminMessage, adminChat, InputOf, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../../context.ts';
import { newestFirst } from '../../db/newest-first.ts';
import type { Actor } from '../../http/authenticate.ts';
import { presentForAdmin } from './present.ts';
import { recordReading } from './record-reading.ts';

// As the two partial indexes have it.
const conditions = {
  held: sql<boolean>`is_held`,
  flagged: sql<boolean>`is_flagged and not is_held and deleted_at is null`,
};

/** Messages that wait for an admin's decision, newest first. */
export async function listMessages(
  ctx: Ctx,
  actor: Actor,
  query: InputOf<typeof adminChat.listMessages>['query'],
): Promise<Page<AdminMessage>> {
  const { state = 'held' } = query;
  const select = ctx.db.selectFrom('messages').selectAll().where(conditions[state]);
  const { items: rows, nextCursor } = await newestFirst(select, 'messages.created_at', query);
  const items = await presentForAdmin(ctx, actor.userId, rows);
  await recordReading(ctx, actor.userId, `messages.${state}`, items);
  return { items, nextCursor };
}
