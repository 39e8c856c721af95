import type { Page, Room } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { PageRequest } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { readRooms } from './rooms.ts';

/** One's rooms, the one with the newest message first. A room that moves up meanwhile is not shown again further down. */
export async function listRooms(ctx: Ctx, chat: Chat, actor: Actor, query: PageRequest): Promise<Page<Room>> {
  const limit = query.limit ?? defaultPageSize;
  let where = sql`true`;
  if (query.cursor !== undefined) {
    const [time, id] = decodeCursor(query.cursor, ['date', 'string']);
    where = sql`(room.last_message_at, room.id) < (${time}::timestamptz, ${id}::text)`;
  }
  const rows = await readRooms(ctx, chat.whoIsOnline.bind(chat), actor.userId, where, limit + 1);
  return pageFrom(
    rows,
    limit,
    ({ lastMessageAt: _sorting, ...room }) => room,
    (room) => [room.lastMessageAt.toISOString(), room.id],
  );
}
