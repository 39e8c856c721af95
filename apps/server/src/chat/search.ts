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

/** Words in one's own rooms, newest message first. */
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
    select messages.* from messages join rooms on rooms.id = messages.room_id
    where to_tsvector('simple', body) @@ websearch_to_tsquery('simple', ${query.q})
      and (customer_id = ${actor.userId} or contractor_id = ${actor.userId})
      and (not is_held or sender_id = ${actor.userId})
      and (${query.roomId ?? null}::text is null or room_id = ${query.roomId ?? null})
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
