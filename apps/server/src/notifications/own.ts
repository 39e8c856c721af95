import type { Notification } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { NotificationRow } from '../db/tables/notifications.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentNotification } from './present.ts';
import { countUnread, showUnread } from './show.ts';

/** One of the actor's own list. Throws not_found. */
export async function requireOwn(ctx: Ctx, actor: Actor, id: string): Promise<NotificationRow> {
  const row = await ctx.db
    .selectFrom('notifications')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', actor.userId)
    .where('is_listed', '=', true)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) throw notFound('notification');
  return row;
}

/** Marks one as read; again it keeps its time. Throws not_found. */
export async function markRead(ctx: Ctx, actor: Actor, id: string): Promise<Notification> {
  await requireOwn(ctx, actor, id);
  const changed = await ctx.db
    .updateTable('notifications')
    .set({ read_at: ctx.clock.now() })
    .where('id', '=', id)
    .where('read_at', 'is', null)
    .executeTakeFirst();
  if (changed.numUpdatedRows > 0n) await showUnread(ctx, [actor.userId]);
  return presentNotification(await requireOwn(ctx, actor, id));
}

/** Marks all of the actor's as read. */
export async function markAllRead(ctx: Ctx, actor: Actor): Promise<{ unread: number }> {
  const changed = await ctx.db
    .updateTable('notifications')
    .set({ read_at: ctx.clock.now() })
    .where('user_id', '=', actor.userId)
    .where('read_at', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (changed.numUpdatedRows > 0n) await showUnread(ctx, [actor.userId]);
  return readUnread(ctx, actor);
}

export async function readUnread(ctx: Ctx, actor: Actor): Promise<{ unread: number }> {
  return { unread: (await countUnread(ctx, [actor.userId])).get(actor.userId) ?? 0 };
}

/** Takes one off the actor's list; the record of its deliveries stays for a while. Throws not_found. */
export async function removeOwn(ctx: Ctx, actor: Actor, id: string): Promise<void> {
  const row = await requireOwn(ctx, actor, id);
  await ctx.db
    .updateTable('notifications')
    .set({ deleted_at: ctx.clock.now() })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .execute();
  if (row.read_at === null) await showUnread(ctx, [actor.userId]);
}
