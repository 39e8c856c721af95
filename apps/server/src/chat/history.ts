import type { HistoryQuery, MessagePage } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
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
  { afterSeq, beforeSeq, limit = defaultLimit }: HistoryQuery,
): Promise<MessagePage> {
  otherMember(room.members, viewerId);
  let select = ctx.db.selectFrom('messages').selectAll().where('room_id', '=', room.id);
  if (afterSeq !== undefined) select = select.where('seq', '>', afterSeq);
  if (beforeSeq !== undefined) select = select.where('seq', '<', beforeSeq);
  const direction = afterSeq === undefined ? 'desc' : 'asc';
  const [rows, watermarks, head] = await Promise.all([
    select
      .orderBy('seq', direction)
      .limit(limit + 1)
      .execute(),
    readWatermarks(ctx.db, room.id),
    ctx.db.selectFrom('rooms').select('last_seq').where('id', '=', room.id).executeTakeFirstOrThrow(),
  ]);
  const stretch = rows.slice(0, limit);
  if (direction === 'desc') stretch.reverse();
  return {
    roomId: room.id,
    messages: await presentMessages(ctx, viewerId, room.members!, stretch, watermarks),
    lastSeq: Math.max(head.last_seq, stretch.at(-1)?.seq ?? 0),
    hasMore: rows.length > limit,
  };
}
