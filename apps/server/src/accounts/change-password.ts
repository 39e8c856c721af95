import type { accounts, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../http/authenticate.ts';
import { hashPassword, requireDecentPassword } from './passwords.ts';
import { lockUnchanged, reAuthenticate } from './re-authenticate.ts';
import { setPassword } from './set-password.ts';

/** Changes the password and ends every other session. Throws invalid_credentials or validation_failed. */
export async function changePassword(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof accounts.changePassword>['body'],
): Promise<void> {
  const user = await reAuthenticate(ctx, actor, input.currentPassword);
  requireDecentPassword(input.newPassword, user, 'newPassword');
  const passwordHash = await hashPassword(input.newPassword);
  await inTransaction(ctx.db, async (tx) => {
    await lockUnchanged(tx, user);
    await setPassword(ctx, tx, user, passwordHash, actor.sessionId);
  });
}
