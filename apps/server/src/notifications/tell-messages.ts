import { sql } from 'kysely';
import { addMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { newId } from '../ids.ts';
import type { NotificationData } from './kinds.ts';
import { enqueueShowing } from './lanes.ts';
import { isWanted, readWishes, type Wishes } from './preferences/wishes.ts';
import { textOf } from './texts/text-of.ts';
import { deliveriesOf, insertDeliveries, isWantedAnywhere, type NewDelivery, type Written } from './write.ts';

/** Unread messages of one room, for one of its members. */
export type MessageNotice = {
  to: string;
  roomId: string;
  /** Up to where they have read the room: all that is unread since then is one notification. */
  readSeq: number;
  data: NotificationData;
};

const type = 'message.received';
/** Further messages of a room make the phone ring once in that time. */
const leastBetweenPushesMs = 10 * secondMs;

/**
 * Tells people that messages wait in a room. Further messages change the notification that is there, its count and its
 * place in the list, and push once more in its place. The caller holds the rows of the rooms' members.
 */
export async function tellOfMessages(ctx: Ctx, tx: Tx, notices: readonly MessageNotice[]): Promise<void> {
  const wishes = await readWishes(
    tx,
    notices.map(({ to }) => to),
  );
  const wanted = notices.flatMap((notice) => {
    const reader = wishes.get(notice.to);
    return reader === undefined || !isWantedAnywhere(ctx, reader, type) ? [] : [{ notice, reader }];
  });
  if (wanted.length === 0) return;
  const written = await upsert(ctx, tx, wanted);
  const lastPushes = await readLastPushes(
    tx,
    written.filter(({ isNew }) => !isNew).map(({ id }) => id),
  );
  await insertDeliveries(
    ctx,
    tx,
    written.flatMap((one) => (one.isNew ? deliveriesOf(ctx, one) : furtherOf(ctx, one, lastPushes))),
  );
  const listed = written.filter(({ isListed }) => isListed);
  if (listed.length > 0)
    await enqueueShowing(
      tx,
      listed.map(({ id }) => id),
    );
}

type Wanted = { notice: MessageNotice; reader: Wishes };
type Upserted = Written & { isNew: boolean };

async function upsert(ctx: Ctx, tx: Tx, wanted: readonly Wanted[]): Promise<Upserted[]> {
  const all = wanted.map(({ notice, reader }) => ({
    ...notice,
    reader,
    text: textOf(type, notice.data, reader),
    isListed: isWanted(reader, type, 'in_app'),
    key: `${type} ${notice.roomId} ${notice.readSeq}`,
  }));
  const { rows } = await sql<{ id: string; user_id: string; dedupe_key: string; is_new: boolean }>`
    insert into notifications (id, user_id, type, title, message, data, dedupe_key, is_listed, created_at)
    select id, user_id, ${type}, title, message, data, dedupe_key, is_listed, ${ctx.clock.now()}
    from unnest(${all.map(() => newId('ntf'))}::text[], ${all.map(({ to }) => to)}::text[],
      ${all.map(({ text }) => text.title)}::text[], ${all.map(({ text }) => text.message)}::text[],
      ${all.map(({ data }) => JSON.stringify(data))}::jsonb[], ${all.map(({ key }) => key)}::text[],
      ${all.map(({ isListed }) => isListed)}::bool[])
      with ordinality as input (id, user_id, title, message, data, dedupe_key, is_listed, n)
    order by n
    on conflict (user_id, dedupe_key) do update
    -- What was read or removed while the room was not is there again: there is something new.
    set title = excluded.title, message = excluded.message, data = excluded.data, is_listed = excluded.is_listed,
      created_at = excluded.created_at, read_at = null, deleted_at = null,
      seq = nextval(pg_get_serial_sequence('notifications', 'seq'))
    returning id, user_id, dedupe_key, xmax = 0 as is_new`.execute(tx);
  const found = new Map(rows.map((row) => [`${row.user_id} ${row.dedupe_key}`, row]));
  return all.map(({ to, key, reader, isListed }) => {
    const row = found.get(`${to} ${key}`)!;
    return { id: row.id, wishes: reader, type, isListed, isNew: row.is_new };
  });
}

type LastPush = { isWaiting: boolean; sentAt: Date | null };

async function readLastPushes(tx: Tx, notificationIds: readonly string[]): Promise<Map<string, LastPush>> {
  if (notificationIds.length === 0) return new Map();
  const { rows } = await sql<{ key: string; is_waiting: boolean; sent_at: Date | null }>`
    select notification_id || ' ' || channel as key, bool_or(state = 'queued' and reached is null) as is_waiting,
      max(sent_at) as sent_at
    from notification_deliveries where notification_id = any(${notificationIds})
    group by notification_id, channel`.execute(tx);
  return new Map(rows.map((row) => [row.key, { isWaiting: row.is_waiting, sentAt: row.sent_at }]));
}

/**
 * One mail is enough; a push that still waits will say what is true when it goes out. One that waits for a further device
 * has told of what was there before.
 */
function furtherOf(ctx: Ctx, one: Upserted, lastPushes: ReadonlyMap<string, LastPush>): NewDelivery[] {
  return deliveriesOf(ctx, one, ['push', 'pusher']).flatMap((delivery) => {
    const last = lastPushes.get(`${one.id} ${delivery.channel}`);
    if (last?.isWaiting === true) return [];
    if (last?.sentAt == null || delivery.heldFor !== null) return [delivery];
    const earliest = addMs(last.sentAt, leastBetweenPushesMs);
    return [{ ...delivery, at: delivery.at > earliest ? delivery.at : earliest }];
  });
}

/**
 * Marks as read what was told of rooms that their members have now read to the end of it. Answers whose badges have
 * fallen.
 */
export async function markRoomsRead(
  ctx: Ctx,
  tx: Tx,
  read: readonly { roomId: string; userId: string; readSeq: number }[],
): Promise<string[]> {
  if (read.length === 0) return [];
  const { rows } = await sql<{ user_id: string }>`
    update notifications set read_at = ${ctx.clock.now()}
    from unnest(${read.map(({ roomId }) => roomId)}::text[], ${read.map(({ userId }) => userId)}::text[],
      ${read.map(({ readSeq }) => readSeq)}::int[]) as input (room_id, user_id, read_seq)
    join room_members member on member.room_id = input.room_id and member.user_id = input.user_id
    where notifications.user_id = input.user_id and read_at is null and deleted_at is null and type = ${type}
      and data ->> 'roomId' = input.room_id and input.read_seq >= member.notified_seq
    returning notifications.user_id`.execute(tx);
  return [...new Set(rows.map((row) => row.user_id))];
}

/** Takes the words of a message that was changed or deleted out of what its receiver was told. */
export async function forgetPreview(tx: Tx, receiverId: string, messageId: string): Promise<void> {
  const { rows } = await sql<{ id: string; data: NotificationData }>`
    select id, data - 'preview' as data from notifications
    where user_id = ${receiverId} and type = ${type} and data ->> 'messageId' = ${messageId} and data ? 'preview'`.execute(
    tx,
  );
  const reader = rows.length === 0 ? undefined : (await readWishes(tx, [receiverId])).get(receiverId);
  if (reader === undefined) return;
  for (const { id, data } of rows)
    await tx
      .updateTable('notifications')
      .set({ ...textOf(type, data, reader), data: JSON.stringify(data) })
      .where('id', '=', id)
      .execute();
}
