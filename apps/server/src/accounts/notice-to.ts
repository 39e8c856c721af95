import type { Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';

/** Mails one of the fixed notices to somebody, at the address they have now, exactly if the caller's change is committed. */
export async function sendNoticeTo(
  tx: Tx,
  userId: string,
  notice: TaskPayloads['accounts.send-notice']['notice'],
): Promise<void> {
  const user = await tx
    .selectFrom('users')
    .select('email')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (user !== undefined) await enqueue(tx, 'accounts.send-notice', { userId, notice, to: user.email });
}
