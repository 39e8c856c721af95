import type { Ctx } from '../context.ts';
import { breaksUnique, inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { attachNamed } from '../files/files.ts';
import { newId } from '../ids.ts';
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
  const { roomId, senderId, clientMessageId, body } = draft;
  return inTransaction(ctx.db, async (tx) => {
    const room = await tx
      .selectFrom('rooms')
      .selectAll()
      .select(nothingBooked('rooms.customer_id', 'rooms.contractor_id').as('nothing_booked'))
      .where('id', '=', roomId)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    const known = await tx
      .selectFrom('messages')
      .select(['id', 'seq', 'created_at', 'is_flagged'])
      .where('room_id', '=', roomId)
      .where('sender_id', '=', senderId)
      .where('client_message_id', '=', clientMessageId)
      .executeTakeFirst();
    if (known !== undefined)
      return {
        id: known.id,
        seq: known.seq,
        createdAt: known.created_at,
        isFlagged: known.is_flagged,
        isNew: false,
      };
    const other = room.customer_id === senderId ? room.contractor_id : room.customer_id;
    const block = await tx
      .selectFrom('blocks')
      .select('blocker_id')
      .where((where) =>
        where.or([
          where.and([where('blocker_id', '=', senderId), where('blocked_id', '=', other)]),
          where.and([where('blocker_id', '=', other), where('blocked_id', '=', senderId)]),
        ]),
      )
      .executeTakeFirst();
    if (block !== undefined)
      throw new AppError('forbidden', 'You cannot write to each other: one of you blocks the other.');
    const now = ctx.clock.now();
    const written = {
      id: newId('msg'),
      seq: room.last_seq + 1,
      createdAt: now,
      isFlagged: draft.isSuspicious && room.nothing_booked,
      isNew: true,
    };
    await tx
      .updateTable('rooms')
      .set({ last_seq: written.seq, last_message_at: now })
      .where('id', '=', roomId)
      .execute();
    await tx
      .insertInto('messages')
      .values({
        room_id: roomId,
        seq: written.seq,
        id: written.id,
        sender_id: senderId,
        client_message_id: clientMessageId,
        kind: 'file',
        body,
        event: null,
        is_flagged: written.isFlagged,
        created_at: now,
      })
      .execute();
    await attachNamed(tx, now, { purpose: 'chat', objectId: written.id, uploadedBy: senderId }, names);
    return written;
  });
}
