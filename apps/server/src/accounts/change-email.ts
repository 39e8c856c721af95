import type { accounts, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { askForCode, mayMail } from './codes.ts';
import { lockUnchanged, reAuthenticate } from './re-authenticate.ts';

/**
 * Mails a code to the new address; nothing changes until it comes back. The answer does not tell whether the
 * address has an account. Throws invalid_credentials, or conflict for the address one has already.
 */
export async function changeEmail(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof accounts.changeEmail>['body'],
): Promise<{ email: string }> {
  const user = await reAuthenticate(ctx, actor, input.currentPassword);
  const email = input.newEmail;
  if (email === user.email) throw conflict('This is the address of the account already.');
  if (!(await mayMail(ctx, email))) return { email };
  await inTransaction(ctx.db, async (tx) => {
    await lockUnchanged(tx, user);
    await askForCode(tx, ctx.clock.now(), { userId: user.id, purpose: 'change-email', email });
  });
  return { email };
}
