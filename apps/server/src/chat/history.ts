import type { HistoryQuery, MessagePage } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { type Members, otherMember } from './members.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

const defaultLimit = 50;

/**
 * A stretch of a room, in the order of seq: what comes after a place, or what came before one. Constant in the length of
 * the room: one range of the primary key. Throws not_found for others than the two members.
 */
export async function readHistory(
  ctx: Ctx,
  viewerId: string,
  room: { id: string; members: Members | undefined },
  query: HistoryQuery,
): Promise<MessagePage> {
  otherMember(room.members, viewerId);
  const [{ rows, lastSeq, hasMore }, watermarks] = await Promise.all([
    readStretch(ctx, room.id, query),
    readWatermarks(ctx.db, room.id),
  ]);
  const messages = await presentMessages(ctx, viewerId, room.members!, rows, watermarks);
  return { roomId: room.id, messages, lastSeq, hasMore };
}

/** The rows of a stretch of a room that exists, whoever asks for them. */
export async function readStretch(
  ctx: Ctx,
  roomId: string,
  { afterSeq, beforeSeq, limit = defaultLimit }: HistoryQuery,
): Promise<{ rows: MessageRow[]; lastSeq: number; hasMore: boolean }> {
  let select = ctx.db.selectFrom('messages').selectAll().where('room_id', '=', roomId);
  if (afterSeq !== undefined) select = select.where('seq', '>', afterSeq);
  if (beforeSeq !== undefined) select = select.where('seq', '<', beforeSeq);
  const direction = afterSeq === undefined ? 'desc' : 'asc';
  const [found, head] = await Promise.all([
    select
      .orderBy('seq', direction)
      .limit(limit + 1)
      .execute(),
    ctx.db.selectFrom('rooms').select('last_seq').where('id', '=', roomId).executeTakeFirstOrThrow(),
  ]);
  const rows = found.slice(0, limit);
  if (direction === 'desc') rows.reverse();
  return {
    rows,
    lastSeq: Math.max(head.last_seq, rows.at(-1)?.seq ?? 0),
    hasMore: found.length > limit,
  };
}
