import type { ServerFrame } from '@holdfast/contract';
import { addMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Hub } from '../ws/hub.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

/** How far back is looked: longer than a look can be late, and than two processes' clocks are apart. */
const lookBackMs = 20 * secondMs;
const mostAtOnce = 500;

/**
 * Finds messages of other processes that never came over the bus, and tells the connections here. One query that reads
 * only rooms with news; a message told twice is the same message to a client.
 */
export async function catchUp(ctx: Ctx, hub: Hub): Promise<void> {
  const people = hub.people();
  if (people.length === 0) return;
  const rooms = await ctx.db
    .selectFrom('rooms')
    .select(['id', 'customer_id', 'contractor_id', 'last_seq'])
    .where('last_message_at', '>', addMs(ctx.clock.now(), -lookBackMs))
    .where((where) =>
      where.or([
        where('customer_id', '=', where.fn.any(where.val(people))),
        where('contractor_id', '=', where.fn.any(where.val(people))),
      ]),
    )
    .execute();
  for (const room of rooms) if (hub.told(room.id) < room.last_seq) await tellMissed(ctx, hub, room);
}

type Room = { id: string; customer_id: string; contractor_id: string; last_seq: number };

async function tellMissed(ctx: Ctx, hub: Hub, room: Room): Promise<void> {
  const rows = await ctx.db
    .selectFrom('messages')
    .selectAll()
    .where('room_id', '=', room.id)
    .where('seq', '>', Math.max(hub.told(room.id), room.last_seq - mostAtOnce))
    .where('created_at', '>', addMs(ctx.clock.now(), -lookBackMs))
    .orderBy('seq')
    .execute();
  const watermarks = await readWatermarks(ctx.db, room.id);
  const members = { customerId: room.customer_id, contractorId: room.contractor_id };
  for (const userId of [room.customer_id, room.contractor_id].filter(hub.isHere))
    for (const message of await presentMessages(ctx, userId, members, rows, watermarks)) {
      const frame = { type: 'message', message } satisfies ServerFrame;
      hub.tell({
        to: [userId],
        frame: JSON.stringify(frame),
        place: { roomId: room.id, seq: message.seq },
      });
    }
  hub.noteTold(room.id, room.last_seq);
}
