import type { Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';

type Notice = TaskPayloads['accounts.send-notice']['notice'];

/** Mails one of the fixed notices to somebody, at the address they have now, exactly if the caller's change is committed. */
export async function sendNoticeTo(tx: Tx, userId: string, notice: Notice): Promise<void> {
  const user = await tx
    .selectFrom('users')
    .select('email')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (user !== undefined) await enqueue(tx, 'accounts.send-notice', { userId, notice, to: user.email });
}

/** The same to everybody who runs the platform. */
export async function sendNoticeToAdmins(tx: Tx, notice: Notice): Promise<void> {
  const admins = await tx
    .selectFrom('users')
    .select(['id', 'email'])
    .where('role', '=', 'admin')
    .where('deleted_at', 'is', null)
    .where('suspended_at', 'is', null)
    .orderBy('id')
    .execute();
  for (const admin of admins)
    await enqueue(tx, 'accounts.send-notice', { userId: admin.id, notice, to: admin.email });
}
