import { sql } from 'kysely';
import type { Ctx } from '../../apps/server/src/context.ts';
import type { Db } from '../../apps/server/src/db/connect.ts';
import { makePeople, makeRooms, type Person, settleTables } from '../chat/people.ts';
import { makeWorld, pickRank } from '../sample-jobs.ts';

/** A room and the customer of it, who has read none of its messages and has some short rooms besides. */
export type LongRoom = { roomId: string; length: number; viewer: Person };

const otherRooms = 20;
const messagesOfOtherRooms = 10;
const rowsPerInsert = 50_000;
const wordsPerMessage = 10;
const differentTexts = 5_000;

/** Texts with words from frequent to rare, about as words are; the most frequent is in every second text. */
const world = makeWorld(20_270_301);
const words = [...new Set(world.words)];
const textOf = () =>
  Array.from({ length: wordsPerMessage }, () => words[pickRank(world.random, words.length)]).join(' ');
const texts = Array.from({ length: differentTexts }, textOf);
export const commonWord = words[0]!;
/** In none of the texts: added to some messages of the long room of each viewer, to as many however long it is. */
export const rareWord = 'rarity';
export const rareMessages = 10;

/** Makes the people and their rooms, and fills them as the chat would have: the constraints are those of the schema. */
export async function makeLongRoom(ctx: Ctx, length: number): Promise<LongRoom> {
  const [viewer] = await makePeople(ctx, ['customer']);
  const contractors = await makePeople(ctx, Array<'contractor'>(otherRooms + 1).fill('contractor'));
  const roomIds = await makeRooms(
    ctx,
    contractors.map(({ id }) => ({ customerId: viewer!.id, contractorId: id })),
  );
  const [longId, ...shortIds] = roomIds;
  await withoutWords(ctx, async (db) => {
    await fill(db, ctx.clock.now(), longId!, length, rareMessages);
    for (const roomId of shortIds) await fill(db, ctx.clock.now(), roomId, messagesOfOtherRooms, 0);
  });
  await settleTables(ctx, ['messages']);
  return { roomId: longId!, length, viewer: viewer! };
}

/** The index of words is made again afterwards as it was: kept up to date it takes half of the time of many messages. */
async function withoutWords(ctx: Ctx, task: (db: Db) => Promise<void>): Promise<void> {
  await ctx.db.connection().execute(async (db) => {
    await sql`set statement_timeout = 0`.execute(db);
    const { rows } = await sql<{ definition: string }>`
      select pg_get_indexdef('messages_words'::regclass) as definition`.execute(db);
    await sql`drop index messages_words`.execute(db);
    await task(db);
    await sql.raw(rows[0]!.definition).execute(db);
    await sql`reset statement_timeout`.execute(db);
  });
}

/** One message a second until now, from the two in turns; the rare word evenly among them. */
async function fill(db: Db, now: Date, roomId: string, length: number, rare: number): Promise<void> {
  const rareEvery = rare === 0 ? length + 1 : Math.floor(length / rare);
  for (let from = 1; from <= length; from += rowsPerInsert)
    await sql`
      insert into messages (room_id, seq, id, sender_id, client_message_id, kind, body, created_at)
      select rooms.id, n, 'msg_' || left(md5(rooms.id || n), 22), case when n % 2 = 0 then customer_id else contractor_id end,
        'bench-' || n, 'text', texts.text || case when n % ${rareEvery}::int = 0 then ${` ${rareWord}`} else '' end,
        ${now}::timestamptz - (${length}::int - n) * interval '1 second'
      from rooms, generate_series(${from}::int, ${Math.min(length, from + rowsPerInsert - 1)}::int) as n
      join unnest(${texts}::text[]) with ordinality as texts (text, place) on place = 1 + n % ${differentTexts}::int
      where rooms.id = ${roomId} order by n`.execute(db);
  await sql`update rooms set last_seq = ${length}, last_message_at = ${now} where id = ${roomId}`.execute(db);
}
