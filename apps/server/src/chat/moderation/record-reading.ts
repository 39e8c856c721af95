import { recordAdminAction } from '../../admin/admin.ts';
import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';

/**
 * Writes down which messages an admin is about to read, before they are answered: what two people say to each other is
 * theirs, and who looked at it can be found. `subject` is where they are read: a list, or a dispute's id.
 */
export async function recordReading(
  ctx: Ctx,
  adminId: string,
  subject: string,
  messages: readonly { id: string }[],
): Promise<void> {
  if (messages.length === 0) return;
  const details = { messageIds: messages.map(({ id }) => id) };
  await inTransaction(ctx.db, (tx) =>
    recordAdminAction(tx, ctx.clock.now(), { adminId, action: 'message.read', subject, details }),
  );
}
