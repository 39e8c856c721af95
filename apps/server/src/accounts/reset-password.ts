import type { accounts, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { invalidCode, requireCode, spendCode } from './codes.ts';
import { hashPassword, requireDecentPassword } from './passwords.ts';
import { setPassword } from './set-password.ts';

/** Sets a new password with a mailed code and ends every session. Throws invalid_code or validation_failed. */
export async function resetPassword(
  ctx: Ctx,
  input: InputOf<typeof accounts.resetPassword>['body'],
): Promise<void> {
  const user = await ctx.db
    .selectFrom('users')
    .select(['id', 'email', 'name'])
    .where('email', '=', input.email)
    .where('email_verified_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  const proof = await requireCode(ctx, { userId: user?.id, purpose: 'reset-password', code: input.code });
  if (user === undefined) throw invalidCode();
  // After the code, so that nobody else learns from the answer what the name of the account is.
  requireDecentPassword(input.newPassword, user, 'newPassword');
  const passwordHash = await hashPassword(input.newPassword);
  await inTransaction(ctx.db, async (tx) => {
    await tx.selectFrom('users').select('id').where('id', '=', user.id).forUpdate().execute();
    await spendCode(tx, proof);
    await setPassword(ctx, tx, user, passwordHash);
  });
}
