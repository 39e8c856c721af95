import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { RoomRow } from '../db/tables/chat.ts';
import { breaksUnique, inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { attachNamed } from '../files/files.ts';
import { newId } from '../ids.ts';
import { areBlocked } from './blocks.ts';
import { nothingBooked } from './contact-details.ts';
import type { Draft, Written } from './writer.ts';

/**
 * A message with files, in a transaction of its own: the files are attached by the message that names them, or neither
 * is there. The same clientMessageId again is the same message. Throws not_found, conflict or forbidden.
 */
export async function sendWithFiles(ctx: Ctx, draft: Draft, names: readonly string[]): Promise<Written> {
  try {
    return await write(ctx, draft, names);
  } catch (error) {
    // Another process wrote it meanwhile: now it is found.
    if (!breaksUnique(error, 'messages_once')) throw error;
    return write(ctx, draft, names);
  }
}

function write(ctx: Ctx, draft: Draft, names: readonly string[]): Promise<Written> {
  return inTransaction(ctx.db, async (tx) => {
    const room = await lockRoom(tx, draft.roomId);
    const known = await findWritten(tx, draft);
    if (known !== undefined) return known;
    if (await areBlocked(tx, room.customer_id, room.contractor_id))
      throw new AppError('forbidden', 'You cannot write to each other: one of you blocks the other.');
    const now = ctx.clock.now();
    const isFlagged = draft.isSuspicious && room.nothing_booked;
    const isHeld = isFlagged && ctx.config.contactDetails === 'hold';
    const written = await insert(tx, now, room, draft, { isFlagged, isHeld });
    const target = { purpose: 'chat' as const, objectId: written.id, uploadedBy: draft.senderId };
    await attachNamed(tx, now, target, names);
    return written;
  });
}

type LockedRoom = RoomRow & { nothing_booked: boolean };

const lockRoom = (tx: Tx, roomId: string): Promise<LockedRoom> =>
  tx
    .selectFrom('rooms')
    .selectAll()
    .select(nothingBooked('rooms.customer_id', 'rooms.contractor_id').as('nothing_booked'))
    .where('id', '=', roomId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();

async function findWritten(
  tx: Tx,
  { roomId, senderId, clientMessageId }: Draft,
): Promise<Written | undefined> {
  const known = await tx
    .selectFrom('messages')
    .select(['id', 'seq', 'created_at', 'is_flagged', 'is_held'])
    .where('room_id', '=', roomId)
    .where('sender_id', '=', senderId)
    .where('client_message_id', '=', clientMessageId)
    .executeTakeFirst();
  if (known === undefined) return undefined;
  const { id, seq, created_at: createdAt, is_flagged: isFlagged, is_held: isHeld } = known;
  return { id, seq, createdAt, isFlagged, isHeld, isNew: false };
}

async function insert(
  tx: Tx,
  now: Date,
  room: LockedRoom,
  draft: Draft,
  marks: Pick<Written, 'isFlagged' | 'isHeld'>,
): Promise<Written> {
  const written = {
    id: newId('msg'),
    seq: room.last_seq + 1,
    createdAt: now,
    ...marks,
    isNew: true,
  };
  await tx
    .updateTable('rooms')
    .set({ last_seq: written.seq, last_message_at: now })
    .where('id', '=', room.id)
    .execute();
  await tx
    .insertInto('messages')
    .values({
      room_id: room.id,
      seq: written.seq,
      id: written.id,
      sender_id: draft.senderId,
      client_message_id: draft.clientMessageId,
      kind: 'file',
      body: draft.body,
      event: null,
      is_flagged: written.isFlagged,
      is_held: written.isHeld,
      created_at: now,
    })
    .execute();
  return written;
}
