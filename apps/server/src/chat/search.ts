import type { chat as api, InputOf, Message, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

/** In its cursors: those of another list are refused. */
const listName = 'messages.found_at';

/** Rooms that are looked through, those with the newest messages: the query names each of them. */
const mostRooms = 2_000;

/** Words in one's own rooms, newest message first. Their index has the rooms among the words. */
export async function searchMessages(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  query: InputOf<typeof api.search>['query'],
): Promise<Page<Message>> {
  const limit = query.limit ?? defaultPageSize;
  const [list, time, id] =
    query.cursor === undefined
      ? [listName, null, null]
      : decodeCursor(query.cursor, ['string', 'date', 'string']);
  if (list !== listName) throw badCursor();
  const { rows } = await sql<MessageRow>`
    with mine as (
      select id from rooms
      where (customer_id = ${actor.userId} or contractor_id = ${actor.userId})
        and (${query.roomId ?? null}::text is null or id = ${query.roomId ?? null})
      order by last_message_at desc limit ${mostRooms}
    ), wanted as (
      select (select string_agg(quote_literal(id), ' | ') from mine)::tsquery && words as terms
      from websearch_to_tsquery('simple', ${query.q}) words where numnode(words) > 0
    )
    select messages.* from messages
    where to_tsvector('simple', body) || array_to_tsvector(array[room_id]) @@ (select terms from wanted)
      -- A word may look like a room.
      and room_id in (select id from mine)
      and (not is_held or sender_id = ${actor.userId})
      and (${time}::timestamptz is null or (messages.created_at, messages.id) < (${time}::timestamptz, ${id}::text))
    order by messages.created_at desc, messages.id desc limit ${limit + 1}`.execute(ctx.db);
  const shown = new Map<string, Message>();
  for (const roomId of new Set(rows.map((row) => row.room_id))) {
    const members = (await chat.members.load(roomId))!;
    const own = rows.filter((row) => row.room_id === roomId);
    const watermarks = await readWatermarks(ctx.db, roomId);
    for (const message of await presentMessages(ctx, actor.userId, members, own, watermarks))
      shown.set(message.id, message);
  }
  return pageFrom(
    rows,
    limit,
    (row) => shown.get(row.id)!,
    (row) => [listName, row.created_at.toISOString(), row.id],
  );
}
