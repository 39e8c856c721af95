import type { Message, ServerFrame } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { forgetPreview } from '../notifications/notifications.ts';
import type { Chat } from './chat.ts';
import { presentMessages } from './present.ts';
import { readWatermarks } from './receipts.ts';

export type ChangedFields = Partial<
  Pick<MessageRow, 'body' | 'edited_at' | 'deleted_at' | 'is_flagged' | 'is_held'>
>;

/** A message, kept from other changes until the transaction ends. */
export const lockMessage = (tx: Tx, id: string): Promise<MessageRow | undefined> =>
  tx.selectFrom('messages').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

/** The next version of a message that is locked. Its place stays; words that are gone leave its notification as well. */
export async function writeChange(tx: Tx, row: MessageRow, fields: ChangedFields): Promise<MessageRow> {
  if (fields.body !== undefined) await forgetPreview(tx, await receiverOf(tx, row), row.id);
  return tx
    .updateTable('messages')
    .set({ ...fields, version: row.version + 1 })
    .where('room_id', '=', row.room_id)
    .where('seq', '=', row.seq)
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function receiverOf(tx: Tx, row: MessageRow): Promise<string> {
  const { customerId, contractorId } = await tx
    .selectFrom('rooms')
    .select(['customer_id as customerId', 'contractor_id as contractorId'])
    .where('id', '=', row.room_id)
    .executeTakeFirstOrThrow();
  return row.sender_id === customerId ? contractorId : customerId;
}

/** Tells both people of a change that is committed, and answers it as this one of them sees it. */
export async function tellChanged(ctx: Ctx, chat: Chat, row: MessageRow, viewerId: string): Promise<Message> {
  const members = (await chat.members.load(row.room_id))!;
  const watermarks = await readWatermarks(ctx.db, row.room_id);
  const seenBy = async (userId: string) =>
    (await presentMessages(ctx, userId, members, [row], watermarks))[0]!;
  for (const userId of [members.customerId, members.contractorId]) {
    const frame = { type: 'message', message: await seenBy(userId) } satisfies ServerFrame;
    ctx.bus.publish({ to: [userId], frame: JSON.stringify(frame) });
  }
  return seenBy(viewerId);
}
