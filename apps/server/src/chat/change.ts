import type { Message } from '@holdfast/contract';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { isSuspicious, nothingBooked } from './contact-details.ts';
import { type ChangedFields, lockMessage, tellChanged, writeChange } from './write-change.ts';

const changeableMs = 15 * minuteMs;

/**
 * Changes the words of an own message; its place stays, and both sides are told. The new words are marked or held back
 * as those of a new message would be. Throws not_found or conflict.
 */
export const editMessage = (ctx: Ctx, chat: Chat, actor: Actor, id: string, text: string): Promise<Message> =>
  change(ctx, chat, actor, id, async (tx, now, row) => ({
    body: text,
    edited_at: now,
    ...(await marksOf(ctx, tx, row, text)),
  }));

/** Empties an own message; its place stays, and both sides are told. Throws not_found or conflict. */
export const deleteMessage = (ctx: Ctx, chat: Chat, actor: Actor, id: string): Promise<Message> =>
  change(ctx, chat, actor, id, async (_tx, now) => ({ body: '', deleted_at: now, is_held: false }));

async function change(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  id: string,
  fieldsOf: (tx: Tx, now: Date, row: MessageRow) => Promise<ChangedFields>,
): Promise<Message> {
  const now = ctx.clock.now();
  const row = await inTransaction(ctx.db, async (tx) => {
    const message = await lockMessage(tx, id);
    if (message?.sender_id !== actor.userId) throw notFound('message');
    if (message.deleted_at !== null) throw conflict('This message is deleted.');
    if (addMs(message.created_at, changeableMs) <= now)
      throw conflict('A message can be changed for 15 minutes.');
    return writeChange(tx, message, await fieldsOf(tx, now, message));
  });
  return tellChanged(ctx, chat, row, actor.userId);
}

/** What was marked and seen stays marked, whatever becomes of its words; what was held back was not seen. */
async function marksOf(
  ctx: Ctx,
  tx: Tx,
  row: MessageRow,
  text: string,
): Promise<Pick<MessageRow, 'is_flagged' | 'is_held'>> {
  const leadsPast = isSuspicious(ctx.config, text) && (await hasNothingBooked(tx, row.room_id));
  return {
    is_flagged: leadsPast || (row.is_flagged && !row.is_held),
    is_held: leadsPast && ctx.config.contactDetails === 'hold',
  };
}

async function hasNothingBooked(tx: Tx, roomId: string): Promise<boolean> {
  const room = await tx
    .selectFrom('rooms')
    .select(nothingBooked('rooms.customer_id', 'rooms.contractor_id').as('nothing_booked'))
    .where('id', '=', roomId)
    .executeTakeFirstOrThrow();
  return room.nothing_booked;
}
