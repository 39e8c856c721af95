import type { AdminMessage } from '@holdfast/contract';
import { recordAdminAction } from '../../admin/admin.ts';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { MessageRow } from '../../db/tables/chat.ts';
import { inTransaction } from '../../db/transaction.ts';
import { conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import type { Chat } from '../chat.ts';
import { lockMessage, tellChanged, writeChange } from '../write-change.ts';
import { presentForAdmin } from './present.ts';

/** Empties a message that is held back, marked or was reported, for both, at any age. Throws not_found or conflict. */
export async function removeMessage(
  ctx: Ctx,
  chat: Chat,
  actor: Actor,
  id: string,
  reason: string,
): Promise<AdminMessage> {
  const now = ctx.clock.now();
  const row = await inTransaction(ctx.db, async (tx) => {
    const message = await lockMessage(tx, id);
    if (message === undefined) throw notFound('message');
    if (message.deleted_at !== null) throw conflict('This message is deleted.');
    if (!message.is_flagged && !(await isReported(tx, message)))
      throw conflict('This message is neither held back nor marked, and nobody reported it.');
    const removed = await writeChange(tx, message, { body: '', deleted_at: now, is_held: false });
    await recordAdminAction(tx, now, {
      adminId: actor.userId,
      action: 'message.remove',
      subject: id,
      details: { roomId: message.room_id, senderId: message.sender_id, wasHeld: message.is_held, reason },
    });
    return removed;
  });
  await tellChanged(ctx, chat, row, row.sender_id!);
  return (await presentForAdmin(ctx, actor.userId, [row]))[0]!;
}

async function isReported(tx: Tx, { id }: MessageRow): Promise<boolean> {
  const report = await tx
    .selectFrom('reports')
    .select('id')
    .where('message_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return report !== undefined;
}
