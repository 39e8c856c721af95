import type { ServerFrame } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { NotificationRow } from '../db/tables/notifications.ts';
import { mostUnread } from './claim.ts';
import { presentNotification } from './present.ts';

/**
 * Outbox task: shows notifications on the devices of their people that are connected. It is a hint, like all that goes
 * over the socket: the list has them already, and what is told twice has the same id.
 */
export async function showNotifications(
  ctx: Ctx,
  { notificationIds }: { notificationIds: string[] },
): Promise<void> {
  const connected = await connectedAmong(ctx, notificationIds);
  if (connected.length === 0) return;
  const { rows } = await sql<NotificationRow & { unread: number }>`
    select notifications.*, (select count(*)::int from (select from notifications mine
      where mine.user_id = notifications.user_id and is_listed and read_at is null and deleted_at is null
      limit ${mostUnread}) counted) as unread
    from notifications where id = any(${connected}) and is_listed and deleted_at is null
    order by seq`.execute(ctx.db);
  for (const row of rows) {
    const frame = {
      type: 'notification',
      notification: presentNotification(row),
      unread: row.unread,
    } satisfies ServerFrame;
    ctx.bus.publish({ to: [row.user_id], frame: JSON.stringify(frame) });
  }
}

/** Of a hundred thousand who are told of a job, most are not there: nothing is made for them. Who comes reads the list. */
async function connectedAmong(ctx: Ctx, notificationIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string; user_id: string }>`
    select id, user_id from notifications where id = any(${notificationIds})`.execute(ctx.db);
  const connected = await ctx.bus.whoIsConnected(
    rows.map((row) => row.user_id),
    ctx.clock.now(),
  );
  return rows.filter((row) => connected.has(row.user_id)).map(({ id }) => id);
}

/** Tells the devices of people how many are unread, after some were read or removed. */
export async function showUnread(ctx: Ctx, userIds: readonly string[]): Promise<void> {
  for (const [userId, unread] of await countUnread(ctx, userIds)) {
    const frame = { type: 'unread', unread } satisfies ServerFrame;
    ctx.bus.publish({ to: [userId], frame: JSON.stringify(frame) });
  }
}

/** Unread notifications of each of these people, counted up to the most that a badge shows. */
export async function countUnread(ctx: Ctx, userIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ user_id: string; unread: number }>`
    select user_id, (select count(*)::int from (select from notifications
      where notifications.user_id = person.user_id and is_listed and read_at is null and deleted_at is null
      limit ${mostUnread}) counted) as unread
    from unnest(${[...new Set(userIds)]}::text[]) as person (user_id)`.execute(ctx.db);
  return new Map(rows.map((row) => [row.user_id, row.unread]));
}
