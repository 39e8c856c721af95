import type { AdminMessage } from '@holdfast/contract';
import { recordAdminAction } from '../../admin/admin.ts';
import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import type { Chat } from '../chat.ts';
import { lockMessage, tellChanged, writeChange } from '../write-change.ts';
import { presentForAdmin } from './present.ts';

/**
 * An admin has read this version of a message and found nothing wrong with it: its receiver gets the words if they were
 * held back, and the mark is gone. Throws not_found, or conflict if it was changed since or is not marked.
 */
export async function releaseMessage(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  id: string,
  version: number,
): Promise<AdminMessage> {
  const row = await inTransaction(ctx.db, async (tx) => {
    const message = await lockMessage(tx, id);
    if (message === undefined) throw notFound('message');
    if (message.deleted_at !== null) throw conflict('This message is deleted.');
    if (!message.is_flagged) throw conflict('This message is neither held back nor marked.');
    // Else its sender could put other words into what is being looked at.
    if (message.version !== version) throw conflict('This message was changed since you read it.');
    const released = await writeChange(tx, message, { is_held: false, is_flagged: false });
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'message.release',
      subject: id,
      details: { roomId: message.room_id, senderId: message.sender_id, version, wasHeld: message.is_held },
    });
    return released;
  });
  await tellChanged(ctx, chat, row, row.sender_id!);
  return (await presentForAdmin(ctx, actor.userId, [row]))[0]!;
}
