import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
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
        const { now, moved } = await write(ctx, furthest(batch));
        for (const one of moved) onMoved(one);
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

async function write(
  ctx: Ctx,
  advances: readonly Advance[],
): Promise<{ now: Map<string, Advance>; moved: Advance[] }> {
  const { rows } = await ctx.hotPool.query<Row>({
    name: 'chat-advance',
    text: advanceStatement,
    values: [
      advances.map((one) => one.roomId),
      advances.map((one) => one.userId),
      advances.map((one) => one.deliveredSeq),
      advances.map((one) => one.readSeq),
    ],
  });
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
