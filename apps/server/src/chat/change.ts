import type { Message, ServerFrame } from '@holdfast/contract';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { forgetPreview } from '../notifications/notifications.ts';
import type { Chat } from './chat.ts';
import { otherMember } from './members.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

const changeableMs = 15 * minuteMs;

/** Changes the words of an own message; its place stays, and both sides are told. Throws not_found or conflict. */
export const editMessage = (ctx: Ctx, chat: Chat, actor: Actor, id: string, text: string): Promise<Message> =>
  change(ctx, chat, actor, id, (now) => ({ body: text, edited_at: now }));

/** Empties an own message; its place stays, and both sides are told. Throws not_found or conflict. */
export const deleteMessage = (ctx: Ctx, chat: Chat, actor: Actor, id: string): Promise<Message> =>
  change(ctx, chat, actor, id, (now) => ({ body: '', deleted_at: now }));

async function change(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  id: string,
  values: (now: Date) => Partial<Pick<MessageRow, 'body' | 'edited_at' | 'deleted_at'>>,
): Promise<Message> {
  const now = ctx.clock.now();
  const row = await inTransaction(ctx.db, async (tx) => {
    const message = await tx
      .selectFrom('messages')
      .selectAll()
      .where('id', '=', id)
      .where('sender_id', '=', actor.userId)
      .forUpdate()
      .executeTakeFirstOrThrow(() => notFound('message'));
    if (message.deleted_at !== null) throw conflict('This message is deleted.');
    if (addMs(message.created_at, changeableMs) <= now)
      throw conflict('A message can be changed for 15 minutes.');
    const members = await chat.members.load(message.room_id);
    await forgetPreview(tx, otherMember(members, actor.userId), id);
    return tx
      .updateTable('messages')
      .set(values(now))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  const members = (await chat.members.load(row.room_id))!;
  const watermarks = await readWatermarks(ctx.db, row.room_id);
  const seenBy = async (userId: string) =>
    (await presentMessages(ctx, userId, members, [row], watermarks))[0]!;
  for (const userId of [members.customerId, members.contractorId]) {
    const frame = { type: 'message', message: await seenBy(userId) } satisfies ServerFrame;
    ctx.bus.publish({ to: [userId], frame: JSON.stringify(frame) });
  }
  return seenBy(actor.userId);
}
