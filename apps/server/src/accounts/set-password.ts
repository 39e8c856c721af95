import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { newId } from '../ids.ts';
import { notify } from '../notifications/notifications.ts';
import { dropCodes } from './codes.ts';
import { revokeSessions } from './sessions.ts';

/**
 * Gives an account, whose row the caller has locked, a new password. All sessions end (but for the one that
 * made the change), codes that are on their way die, and the owner is told.
 */
export async function setPassword(
  ctx: Ctx,
  tx: Tx,
  user: { id: string },
  passwordHash: string,
  keptSessionId?: string,
): Promise<void> {
  const now = ctx.clock.now();
  await tx
    .updateTable('users')
    .set({ password_hash: passwordHash, updated_at: now })
    .where('id', '=', user.id)
    .execute();
  await revokeSessions(tx, now, user.id, keptSessionId);
  await dropCodes(tx, user.id);
  await notify(ctx, tx, [{ to: user.id, type: 'account.password_changed', about: newId('chg') }]);
}
