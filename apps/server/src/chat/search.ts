import type { chat as api, InputOf, Message, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

type Query = InputOf<typeof api.search>['query'];
type Room = { id: string; last_message_at: Date };
/** Behind which message the page begins. */
type Place = { time: Date; id: string };

/** In its cursors: those of another list are refused. */
const listName = 'messages.found_at';
/** The index compares each message that it finds with each room that is asked for. */
const roomsAtOnce = 100;

/** Words in one's own rooms, newest message first. */
export async function searchMessages(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  query: Query,
): Promise<Page<Message>> {
  const limit = query.limit ?? defaultPageSize;
  const rows = await find(ctx, actor, query, limit + 1);
  const shown = await show(ctx, chat, actor, rows.slice(0, limit));
  return pageFrom(
    rows,
    limit,
    (row) => shown.get(row.id)!,
    (row) => [listName, row.created_at.toISOString(), row.id],
  );
}

/** The newest so many. Rooms are looked through by their newest message, until what is left can only be older. */
async function find(ctx: Ctx, actor: Actor, query: Query, count: number): Promise<MessageRow[]> {
  const place = placeOf(query);
  const rooms = await readRooms(ctx, actor, query.roomId);
  let found: MessageRow[] = [];
  for (let from = 0; from < rooms.length; from += roomsAtOnce) {
    const last = found[count - 1];
    if (last !== undefined && last.created_at > rooms[from]!.last_message_at) break;
    const ids = rooms.slice(from, from + roomsAtOnce).map(({ id }) => id);
    found = [...found, ...(await findIn(ctx, actor, ids, { words: query.q, place, count }))]
      .toSorted(newestFirst)
      .slice(0, count);
  }
  return found;
}

function placeOf({ cursor }: Query): Place | undefined {
  if (cursor === undefined) return undefined;
  const [list, time, id] = decodeCursor(cursor, ['string', 'date', 'string']);
  if (list !== listName) throw badCursor();
  return { time, id };
}

async function readRooms(ctx: Ctx, actor: Actor, roomId: string | undefined): Promise<Room[]> {
  const { rows } = await sql<Room>`
    select id, last_message_at from rooms
    where (customer_id = ${actor.userId} or contractor_id = ${actor.userId})
      and (${roomId ?? null}::text is null or id = ${roomId ?? null})
    order by last_message_at desc, id`.execute(ctx.db);
  return rows;
}

/** Rooms are asked for as words, as their index has them: a word alone would find everybody's messages. */
async function findIn(
  ctx: Ctx,
  actor: Actor,
  roomIds: readonly string[],
  { words, place, count }: { words: string; place: Place | undefined; count: number },
): Promise<MessageRow[]> {
  const inRooms = roomIds.map((id) => `'${id}'`).join(' | ');
  const { rows } = await sql<MessageRow>`
    select * from messages
    where to_tsvector('simple', body) || array_to_tsvector(array[room_id])
        @@ (${inRooms}::tsquery && websearch_to_tsquery('simple', ${words}))
      -- Of nothing but signs no words are left, and everything would be found.
      and numnode(websearch_to_tsquery('simple', ${words})) > 0
      -- A word may look like a room.
      and room_id = any(${roomIds})
      and (not is_held or sender_id = ${actor.userId})
      and (${place?.time ?? null}::timestamptz is null
        or (created_at, id collate "C") < (${place?.time ?? null}::timestamptz, ${place?.id ?? null}::text))
    order by created_at desc, id collate "C" desc limit ${count}`.execute(ctx.db);
  return rows;
}

/** As the statement has it: ids by their bytes, whatever the database's language. */
const newestFirst = (one: MessageRow, other: MessageRow): number =>
  other.created_at.getTime() - one.created_at.getTime() || (one.id < other.id ? 1 : -1);

async function show(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  rows: readonly MessageRow[],
): Promise<Map<string, Message>> {
  const shown = new Map<string, Message>();
  for (const roomId of new Set(rows.map((row) => row.room_id))) {
    const members = (await chat.members.load(roomId))!;
    const own = rows.filter((row) => row.room_id === roomId);
    const watermarks = await readWatermarks(ctx.db, roomId);
    for (const message of await presentMessages(ctx, actor.userId, members, own, watermarks))
      shown.set(message.id, message);
  }
  return shown;
}
