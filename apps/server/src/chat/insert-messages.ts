import type { Ctx } from '../context.ts';
import { breaksUnique } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import type { Draft, Written } from './writer.ts';

// Each try settles at least one of them; so many only if several processes are sent the same messages at the same time.
const mostTries = 10;

/**
 * Writes messages of any rooms, each once: one that was written before under its clientMessageId is found instead. In the
 * order given; undefined for what a block keeps out.
 */
export async function insertMessages(ctx: Ctx, drafts: readonly Draft[]): Promise<(Written | undefined)[]> {
  const written = new Map<Draft, Written>();
  let left = drafts;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    try {
      await insertNew(ctx, left, written);
      left = left.filter((draft) => !written.has(draft));
      // Of these a block keeps out what is new, but not that something was written before it.
      if (left.length > 0) await findKnown(ctx, left, written);
      break;
    } catch (error) {
      if (attempt >= mostTries || !breaksUnique(error, 'messages_once')) throw error;
      await findKnown(ctx, left, written);
      left = left.filter((draft) => !written.has(draft));
    }
  }
  return drafts.map((draft) => written.get(draft));
}

type Inserted = { id: string; seq: number; is_flagged: boolean; is_held: boolean };

/** One statement for all. Nothing is written if one of them was written before: that is rare, and looking costs each time. */
async function insertNew(ctx: Ctx, drafts: readonly Draft[], written: Map<Draft, Written>): Promise<void> {
  const createdAt = ctx.clock.now();
  const byId = new Map(drafts.map((draft) => [newId('msg') as string, draft]));
  const { counts, places } = placesIn(drafts);
  // In one order everywhere, so that two batches never wait for each other in a circle.
  const rooms = [...counts.keys()].sort();
  const { rows } = await ctx.hotPool.query<Inserted>({
    // By its name it is planned once for each connection: planning took longer than running it.
    name: 'chat-insert',
    text: insertStatement,
    values: [
      [...byId.keys()],
      drafts.map((one) => one.roomId),
      drafts.map((one) => one.senderId),
      drafts.map((one) => one.clientMessageId),
      drafts.map((one) => one.body),
      drafts.map((one) => one.isSuspicious),
      places,
      rooms,
      rooms.map((roomId) => counts.get(roomId)),
      createdAt,
      ctx.config.contactDetails === 'hold',
    ],
  });
  for (const { id, seq, is_flagged: isFlagged, is_held: isHeld } of rows)
    written.set(byId.get(id)!, { id, seq, createdAt, isFlagged, isHeld, isNew: true });
}

/** How many there are for each room, and the place of each among those of its room, from 1. */
function placesIn(drafts: readonly Draft[]): { counts: Map<string, number>; places: number[] } {
  const counts = new Map<string, number>();
  const places = drafts.map(({ roomId }) => {
    const place = (counts.get(roomId) ?? 0) + 1;
    counts.set(roomId, place);
    return place;
  });
  return { counts, places };
}

// The rooms are locked before their number is read, and a block keeps out all of a room, so that places have no gaps. A
// list of ids is looked up in the index whatever the plan was made for; a join might read the table.
const insertStatement = `
  with room as materialized (
    select id, customer_id, contractor_id, last_seq from rooms
    where id = any ($8::text[]) and not exists (select from blocks
      where (blocker_id, blocked_id) in ((customer_id, contractor_id), (contractor_id, customer_id)))
    order by id for no key update
  ), counted as (
    update rooms set last_seq = room.last_seq + ($9::int[])[array_position($8::text[], room.id)], last_message_at = $10
    from room where rooms.id = room.id
  )
  insert into messages (room_id, seq, id, sender_id, client_message_id, kind, body, is_flagged, is_held, created_at)
  select room_id, last_seq + place, input.id, sender_id, client_message_id, 'text', body, leads_past, leads_past and $11, $10
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::int[])
    as input (id, room_id, sender_id, client_message_id, body, is_suspicious, place)
  join room on room.id = room_id
  cross join lateral (select is_suspicious and not exists (select from bookings
    where bookings.customer_id = room.customer_id and bookings.contractor_id = room.contractor_id
      and bookings.state in ('confirmed', 'active', 'delivered', 'completed')) as leads_past) mark
  returning id, seq, is_flagged, is_held`;

async function findKnown(ctx: Ctx, drafts: readonly Draft[], written: Map<Draft, Written>): Promise<void> {
  const { rows } = await ctx.hotPool.query<Inserted & { n: number; created_at: Date }>({
    name: 'chat-find',
    text: findStatement,
    values: [
      drafts.map((one) => one.roomId),
      drafts.map((one) => one.senderId),
      drafts.map((one) => one.clientMessageId),
    ],
  });
  for (const row of rows) {
    const { id, seq, is_flagged: isFlagged, is_held: isHeld, created_at: createdAt } = row;
    written.set(drafts[row.n - 1]!, { id, seq, createdAt, isFlagged, isHeld, isNew: false });
  }
}

// Looked up one by one: joined, a plan made for a small table would read all of a large one.
const findStatement = `
  select n, found.* from unnest($1::text[], $2::text[], $3::text[]) with ordinality
    as input (room_id, sender_id, client_message_id, n)
  cross join lateral (
    select id, seq, is_flagged, is_held, created_at from messages where messages.room_id = input.room_id
      and messages.sender_id = input.sender_id and messages.client_message_id = input.client_message_id limit 1
  ) found`;
