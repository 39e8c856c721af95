import { CompiledQuery } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { markRoomsRead, showUnread } from '../notifications/notifications.ts';
import type { Watermarks } from './present.ts';

/** How far both members of a room are. */
export async function readWatermarks(db: Db | Tx, roomId: string): Promise<Watermarks> {
  const rows = await db
    .selectFrom('room_members')
    .select(['user_id', 'delivered_seq', 'read_seq'])
    .where('room_id', '=', roomId)
    .execute();
  return new Map(rows.map((row) => [row.user_id, row]));
}

export type Advance = { roomId: string; userId: string; deliveredSeq: number; readSeq: number };

export type Receipts = {
  /** Moves a member's watermarks forward; resolves once that is committed, with where they are then. */
  advance(advance: Advance): Promise<Advance>;
};

type Waiting = { advance: Advance; resolve: (moved: Advance) => void; reject: (error: unknown) => void };

/** Group commit, as for messages: of many receipts of one member in one batch only the furthest is written. */
export function createReceipts(ctx: Ctx, onMoved: (moved: Advance) => void): Receipts {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const run = async () => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const { now, moved, seenBy } = await writeAll(ctx, furthest(batch));
        for (const one of moved) onMoved(one);
        if (seenBy.length > 0) tellUnread(ctx, seenBy);
        for (const { advance, resolve } of batch) resolve(now.get(keyOf(advance)) ?? advance);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  };
  return {
    advance: (advance) =>
      new Promise((resolve, reject) => {
        waiting.push({ advance, resolve, reject });
        if (!isWriting) void run();
      }),
  };
}

const keyOf = ({ roomId, userId }: Advance) => `${roomId} ${userId}`;

function furthest(batch: readonly Waiting[]): Advance[] {
  const byMember = new Map<string, Advance>();
  for (const { advance } of batch) {
    const known = byMember.get(keyOf(advance));
    byMember.set(keyOf(advance), {
      ...advance,
      deliveredSeq: Math.max(known?.deliveredSeq ?? 0, advance.deliveredSeq, advance.readSeq),
      readSeq: Math.max(known?.readSeq ?? 0, advance.readSeq),
    });
  }
  // In one order everywhere, so that two batches never wait for each other in a circle.
  return [...byMember.values()].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

type Row = { room_id: string; user_id: string; delivered_seq: number; read_seq: number; has_moved: boolean };
type Run = (values: unknown[]) => Promise<{ rows: Row[] }>;

/** Where members are now, which of them moved, and whose notifications are read by that. */
type Outcome = { now: Map<string, Advance>; moved: Advance[]; seenBy: string[] };

/**
 * What was told of a room is read with it, in the same transaction, so that no badge stays behind. In a statement of its
 * own: it must see what was told a moment before the watermark's row was free.
 */
async function writeAll(ctx: Ctx, advances: readonly Advance[]): Promise<Outcome> {
  if (advances.every(({ readSeq }) => readSeq === 0))
    return { ...(await write(onHotPool(ctx), advances)), seenBy: [] };
  return inTransaction(ctx.db, async (tx) => {
    const written = await write(within(tx), advances);
    return { ...written, seenBy: await markRoomsRead(ctx, tx, written.moved) };
  });
}

/** A hint, like all that is told live: nothing waits for it. */
function tellUnread(ctx: Ctx, userIds: readonly string[]): void {
  showUnread(ctx, userIds).catch((error) => ctx.log.warn({ err: error }, 'badges were not told'));
}

const onHotPool =
  (ctx: Ctx): Run =>
  (values) =>
    ctx.hotPool.query<Row>({ name: 'chat-advance', text: advanceStatement, values });

const within =
  (tx: Tx): Run =>
  (values) =>
    tx.executeQuery<Row>(CompiledQuery.raw(advanceStatement, values));

async function write(run: Run, advances: readonly Advance[]): Promise<Omit<Outcome, 'seenBy'>> {
  const { rows } = await run([
    advances.map((one) => one.roomId),
    advances.map((one) => one.userId),
    advances.map((one) => one.deliveredSeq),
    advances.map((one) => one.readSeq),
  ]);
  const all = rows.map((row) => ({
    hasMoved: row.has_moved,
    advance: {
      roomId: row.room_id,
      userId: row.user_id,
      deliveredSeq: row.delivered_seq,
      readSeq: row.read_seq,
    },
  }));
  return {
    now: new Map(all.map(({ advance }) => [keyOf(advance), advance])),
    moved: all.filter(({ hasMoved }) => hasMoved).map(({ advance }) => advance),
  };
}

// Never back, and never beyond the room's newest message.
const advanceStatement = `
  with input as (
    select room_id, user_id, least(delivered, last_seq) as delivered, least(read, last_seq) as read
    from unnest($1::text[], $2::text[], $3::int[], $4::int[]) as input (room_id, user_id, delivered, read)
    join rooms on rooms.id = room_id
  ), moved as (
    update room_members as member
    set delivered_seq = greatest(delivered_seq, delivered), read_seq = greatest(read_seq, read)
    from input
    where member.room_id = input.room_id and member.user_id = input.user_id
      and (delivered_seq < delivered or read_seq < read)
    returning member.room_id, member.user_id, delivered_seq, read_seq
  )
  select room_id, user_id, delivered_seq, read_seq, true as has_moved from moved
  union all
  select room_id, user_id, delivered_seq, read_seq, false from room_members
  where (room_id, user_id) in (select room_id, user_id from input)
    and (room_id, user_id) not in (select room_id, user_id from moved)`;
