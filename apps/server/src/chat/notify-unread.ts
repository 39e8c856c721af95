import { sql } from 'kysely';
import { addMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { type MessageNotice, tellOfMessages } from '../notifications/notifications.ts';

/** Whoever has the room before their eyes has read a message by then, and is not told of it. */
const readWithinMs = 5 * secondMs;
/** A message has its time before it waits for a connection and a commit; no connection is waited for as long as this. */
const lookBackMs = 15 * secondMs;
const firstLookBackMs = 60 * secondMs;
const batch = 500;
const longestPreview = 140;
const mostCounted = 100;

/**
 * Sweep: tells members of rooms that messages wait there, once nobody has read them for five seconds. Sending a message
 * knows nothing of it. Looked at are the messages since the last look, whatever room they are in, so that rooms in which
 * nothing happens cost nothing.
 */
export async function notifyUnread(ctx: Ctx): Promise<void> {
  let hasMore: boolean;
  do hasMore = await inTransaction(ctx.db, (tx) => look(ctx, tx));
  while (hasMore);
}

type Member = { room_id: string; user_id: string };

/** True if there is more to tell at once. */
async function look(ctx: Ctx, tx: Tx): Promise<boolean> {
  const last = await tx
    .selectFrom('message_looks')
    .select('looked_until')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (last === undefined) {
    // Another process looks; or the row is missing, as in a database that was emptied.
    await tx
      .insertInto('message_looks')
      .defaultValues()
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return false;
  }
  const until = addMs(ctx.clock.now(), -readWithinMs);
  // Before the look: what is committed between the two is seen by it.
  const uncommittedMs = await oldestWriterMs(tx);
  const since = addMs(last.looked_until ?? addMs(until, -firstLookBackMs), -lookBackMs);
  const candidates = await findCandidates(tx, since, until);
  const locked = await lock(tx, candidates);
  await tell(ctx, tx, locked, until);
  // Who reads at this moment holds their row: what they have not read then is looked at again.
  if (candidates.length < batch && locked.length === candidates.length)
    await tx
      .updateTable('message_looks')
      .set({ looked_until: addMs(until, -uncommittedMs) })
      .execute();
  return candidates.length === batch && locked.length > 0;
}

/**
 * How long ago the oldest transaction began that has written and not ended. A message that no look has seen is in such a
 * one, and no older than it: looking back so far the next time misses none, however long a commit takes.
 */
async function oldestWriterMs(tx: Tx): Promise<number> {
  const { rows } = await sql<{ ms: number | null }>`
    select extract(epoch from clock_timestamp() - min(xact_start))::float8 * 1000 as ms from pg_stat_activity
    where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()`.execute(tx);
  return Math.max(0, rows[0]?.ms ?? 0);
}

/** Members with a message of the other side that they have neither read nor been told of. */
async function findCandidates(tx: Tx, since: Date, until: Date): Promise<Member[]> {
  const { rows } = await sql<Member>`
    with recent as (
      select distinct room_id from messages
      where created_at > ${since} and created_at <= ${until} and sender_id is not null
    )
    select member.room_id, member.user_id from recent join room_members member on member.room_id = recent.room_id
    where exists (select from messages where messages.room_id = member.room_id
      and seq > greatest(member.read_seq, member.notified_seq) and sender_id <> member.user_id
      and created_at <= ${until} and deleted_at is null and not is_held)
    limit ${batch}`.execute(tx);
  return rows;
}

/** In the order of the receipts, which lock the same rows; those that are being written are left out. */
async function lock(tx: Tx, members: readonly Member[]): Promise<Member[]> {
  if (members.length === 0) return [];
  const { rows } = await sql<Member>`
    select room_id, user_id from room_members
    where (room_id, user_id) in (select * from unnest(${roomsOf(members)}::text[], ${peopleOf(members)}::text[]))
    order by room_id, user_id for no key update skip locked`.execute(tx);
  return rows;
}

type Unread = Member & {
  read_seq: number;
  newest_seq: number;
  message_id: string;
  body: string;
  sender: string;
  count: number;
  is_blocked: boolean;
};

async function tell(ctx: Ctx, tx: Tx, members: readonly Member[], until: Date): Promise<void> {
  const unread = await readUnread(tx, members, until);
  if (unread.length === 0) return;
  // Nobody is told of somebody they block, or are blocked by.
  await tellOfMessages(ctx, tx, unread.filter((one) => !one.is_blocked).map(noticeOf));
  await sql`
    update room_members set notified_seq = greatest(notified_seq, told.seq)
    from unnest(${roomsOf(unread)}::text[], ${peopleOf(unread)}::text[],
      ${unread.map((one) => one.newest_seq)}::int[]) as told (room_id, user_id, seq)
    where room_members.room_id = told.room_id and room_members.user_id = told.user_id`.execute(tx);
}

const noticeOf = (one: Unread): MessageNotice => ({
  to: one.user_id,
  roomId: one.room_id,
  readSeq: one.read_seq,
  data: {
    roomId: one.room_id,
    messageId: one.message_id,
    personName: one.sender,
    count: one.count,
    ...(one.body === '' ? {} : { preview: one.body.slice(0, longestPreview).toWellFormed() }),
  },
});

/** Once more, as their rows are ours now: some have read meanwhile. */
async function readUnread(tx: Tx, members: readonly Member[], until: Date): Promise<Unread[]> {
  if (members.length === 0) return [];
  const { rows } = await sql<Unread>`
    select member.room_id, member.user_id, member.read_seq, newest.seq as newest_seq, newest.id as message_id,
      newest.body, users.name as sender,
      (select count(*)::int from (select from messages where messages.room_id = member.room_id
        and seq > member.read_seq and sender_id <> member.user_id and created_at <= ${until} and deleted_at is null and not is_held
        limit ${mostCounted}) counted) as count,
      exists (select from blocks where (blocker_id, blocked_id)
        in ((member.user_id, newest.sender_id), (newest.sender_id, member.user_id))) as is_blocked
    from unnest(${roomsOf(members)}::text[], ${peopleOf(members)}::text[]) as input (room_id, user_id)
    join room_members member on member.room_id = input.room_id and member.user_id = input.user_id
    cross join lateral (
      select seq, id, body, sender_id from messages where messages.room_id = member.room_id
        and seq > greatest(member.read_seq, member.notified_seq) and sender_id <> member.user_id
        and created_at <= ${until} and deleted_at is null and not is_held
      order by seq desc limit 1
    ) newest
    join users on users.id = newest.sender_id`.execute(tx);
  return rows;
}

const roomsOf = (members: readonly Member[]): string[] => members.map((member) => member.room_id);
const peopleOf = (members: readonly Member[]): string[] => members.map((member) => member.user_id);
