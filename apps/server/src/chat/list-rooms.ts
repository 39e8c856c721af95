import type { Page, Room } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { PageRequest } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { readRooms } from './rooms.ts';

/** In its cursors: those of another list are refused. */
const listName = 'rooms.last_message_at';

/** One's rooms, the one with the newest message first. A room that moves up meanwhile is not shown again further down. */
export async function listRooms(ctx: Ctx, chat: Chat, actor: Actor, query: PageRequest): Promise<Page<Room>> {
  const limit = query.limit ?? defaultPageSize;
  let where = sql`true`;
  if (query.cursor !== undefined) {
    const [list, time, id] = decodeCursor(query.cursor, ['string', 'date', 'string']);
    if (list !== listName) throw badCursor();
    where = sql`(room.last_message_at, room.id) < (${time}::timestamptz, ${id}::text)`;
  }
  const rows = await readRooms(ctx, chat.whoIsOnline.bind(chat), actor.userId, where, limit + 1);
  return pageFrom(
    rows,
    limit,
    ({ lastMessageAt: _sorting, ...room }) => room,
    (room) => [listName, room.lastMessageAt.toISOString(), room.id],
  );
}
