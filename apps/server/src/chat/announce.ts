import type { BookingEvent, ServerFrame } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import { findOrMakeRoom } from './find-room.ts';
import type { Members } from './members.ts';
import { presentMessages } from './present.ts';

/** What is said, for clients that have no words of their own for the event's type. */
const words: Record<BookingEvent, string> = {
  'booking.requested': 'A booking was requested.',
  'booking.confirmed': 'The booking was confirmed.',
  'booking.declined': 'The booking was declined.',
  'booking.expired': 'The booking has expired.',
  'booking.cancelled': 'The booking was cancelled.',
  'booking.delivered': 'The work was delivered.',
  'booking.completed': 'The booking is complete.',
  'payment.held': 'The payment is held until the work is done.',
  'payment.released': 'The payment was released.',
  'payment.refunded': 'Money was refunded to the customer.',
  'dispute.opened': 'A dispute was opened.',
  'dispute.decided': 'The dispute was decided.',
  'dispute.withdrawn': 'The dispute was withdrawn.',
};

/** Outbox task: says in the room of a booking's two people what happened. Said before, it is not said again. */
export async function announceEvent(
  ctx: Ctx,
  { bookingId, event, key }: TaskPayloads['chat.announce'],
): Promise<void> {
  const said = await inTransaction(ctx.db, async (tx) => {
    const members = await membersOf(tx, bookingId);
    const room = await findOrMakeRoom(ctx, tx, members);
    const row = await say(ctx, tx, room.id, { type: event, bookingId, key });
    return row === undefined ? undefined : { members, row };
  });
  if (said !== undefined) await tell(ctx, said.members, said.row);
}

async function membersOf(tx: Tx, bookingId: string): Promise<Members> {
  const booking = await tx
    .selectFrom('bookings')
    .select(['customer_id', 'contractor_id'])
    .where('id', '=', bookingId)
    .executeTakeFirstOrThrow();
  return { customerId: booking.customer_id, contractorId: booking.contractor_id };
}

async function say(
  ctx: Ctx,
  tx: Tx,
  roomId: string,
  event: { type: BookingEvent; bookingId: string; key: string },
): Promise<MessageRow | undefined> {
  const { last_seq } = await tx
    .selectFrom('rooms')
    .select('last_seq')
    .where('id', '=', roomId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const now = ctx.clock.now();
  const row = await tx
    .insertInto('messages')
    .values({
      room_id: roomId,
      seq: last_seq + 1,
      id: newId('msg'),
      sender_id: null,
      client_message_id: null,
      kind: 'system',
      body: words[event.type],
      event: JSON.stringify(event),
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined)
    await tx
      .updateTable('rooms')
      .set({ last_seq: row.seq, last_message_at: now })
      .where('id', '=', roomId)
      .execute();
  return row;
}

async function tell(ctx: Ctx, members: Members, row: MessageRow): Promise<void> {
  const nobody = new Map();
  for (const userId of [members.customerId, members.contractorId]) {
    const [message] = await presentMessages(ctx, userId, members, [row], nobody);
    const frame = { type: 'message', message: message! } satisfies ServerFrame;
    const place = { roomId: row.room_id, seq: row.seq };
    ctx.bus.publish({ to: [userId], frame: JSON.stringify(frame), place });
  }
}
