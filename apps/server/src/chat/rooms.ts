import type { Room } from '@holdfast/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { presentMessages, type Watermarks } from './present.ts';

/** More unread messages than this are not counted: nobody shows more, and counting would be as slow as the room is long. */
const mostUnread = 100;

type Row = {
  id: string;
  customer_id: string;
  contractor_id: string;
  last_seq: number;
  last_message_at: Date;
  created_at: Date;
  other_id: string;
  other_name: string;
  other_role: 'customer' | 'contractor';
  delivered_seq: number;
  read_seq: number;
  other_delivered_seq: number;
  other_read_seq: number;
  unread: number;
  is_blocked: boolean;
  is_blocking: boolean;
  last_seen_at: Date | null;
  last_message: Record<string, unknown> | null;
};

/** Rooms of one person as they see them, newest message first; one query, and one for files if a last message has any. */
export async function readRooms(
  ctx: Ctx,
  whoIsOnline: (userIds: readonly string[]) => Promise<ReadonlySet<string>>,
  viewerId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<(Room & { lastMessageAt: Date })[]> {
  const { rows } = await sql<Row>`
    select room.*, other.id as other_id, other.name as other_name, other.role as other_role,
      mine.delivered_seq, mine.read_seq,
      theirs.delivered_seq as other_delivered_seq, theirs.read_seq as other_read_seq,
      (select count(*)::int from (select from messages where room_id = room.id and seq > mine.read_seq
        and sender_id is distinct from ${viewerId} limit ${mostUnread}) unread) as unread,
      exists (select from blocks where blocker_id = ${viewerId} and blocked_id = other.id) as is_blocked,
      exists (select from blocks where blocker_id = other.id and blocked_id = ${viewerId}) as is_blocking,
      last_seen.at as last_seen_at,
      (select to_jsonb(messages) from messages where room_id = room.id and seq = room.last_seq) as last_message
    from rooms room
    join room_members mine on mine.room_id = room.id and mine.user_id = ${viewerId}
    join room_members theirs on theirs.room_id = room.id and theirs.user_id <> ${viewerId}
    join users other on other.id = theirs.user_id
    left join last_seen on last_seen.user_id = other.id
    where (room.customer_id = ${viewerId} or room.contractor_id = ${viewerId}) and ${where}
    order by room.last_message_at desc, room.id desc limit ${limit}`.execute(ctx.db);
  const online = await whoIsOnline(rows.map((row) => row.other_id));
  return Promise.all(rows.map((row) => presentRoom(ctx, online, viewerId, row)));
}

async function presentRoom(
  ctx: Ctx,
  online: ReadonlySet<string>,
  viewerId: string,
  row: Row,
): Promise<Room & { lastMessageAt: Date }> {
  const members = { customerId: row.customer_id, contractorId: row.contractor_id };
  const watermarks: Watermarks = new Map([
    [viewerId, { delivered_seq: row.delivered_seq, read_seq: row.read_seq }],
    [row.other_id, { delivered_seq: row.other_delivered_seq, read_seq: row.other_read_seq }],
  ]);
  const last = row.last_message === null ? [] : [fromJson(row.last_message)];
  const [lastMessage = null] = await presentMessages(ctx, viewerId, members, last, watermarks);
  const isHidden = row.is_blocked || row.is_blocking;
  return {
    id: row.id,
    other: { id: row.other_id, name: row.other_name, role: row.other_role },
    presence: isHidden
      ? null
      : {
          isOnline: online.has(row.other_id),
          lastSeenAt: online.has(row.other_id) ? null : (row.last_seen_at?.toISOString() ?? null),
        },
    lastSeq: row.last_seq,
    lastMessage,
    unread: row.unread,
    deliveredSeq: row.delivered_seq,
    readSeq: row.read_seq,
    otherDeliveredSeq: row.other_delivered_seq,
    otherReadSeq: row.other_read_seq,
    isBlocked: row.is_blocked,
    createdAt: row.created_at.toISOString(),
    lastMessageAt: row.last_message_at,
  };
}

/** JSON has times as text. */
function fromJson(json: Record<string, unknown>): MessageRow {
  const time = (value: unknown) => (typeof value === 'string' ? new Date(value) : null);
  return {
    ...(json as unknown as MessageRow),
    created_at: time(json.created_at)!,
    edited_at: time(json.edited_at),
    deleted_at: time(json.deleted_at),
  };
}
