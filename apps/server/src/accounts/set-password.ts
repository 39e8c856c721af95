import type { Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { dropCodes } from './codes.ts';
import { revokeSessions } from './sessions.ts';

/**
 * Gives an account, whose row the caller has locked, a new password. All sessions end (but for the one that
 * made the change), codes that are on their way die, and the owner is told by mail.
 */
export async function setPassword(
  tx: Tx,
  now: Date,
  user: { id: string; email: string },
  passwordHash: string,
  keptSessionId?: string,
): Promise<void> {
  await tx
    .updateTable('users')
    .set({ password_hash: passwordHash, updated_at: now })
    .where('id', '=', user.id)
    .execute();
  await revokeSessions(tx, now, user.id, keptSessionId);
  await dropCodes(tx, user.id);
  await enqueue(tx, 'accounts.send-notice', { userId: user.id, notice: 'password-changed', to: user.email });
}
