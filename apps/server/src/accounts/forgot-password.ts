import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { askForCode, mayMail } from './codes.ts';

/** Mails a code to set a new password, if the address has a proven account. The same work and answer if not. */
export async function forgotPassword(ctx: Ctx, email: string): Promise<{ email: string }> {
  if (!(await mayMail(ctx, email))) return { email };
  await inTransaction(ctx.db, async (tx) => {
    const user = await tx
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .where('email_verified_at', 'is not', null)
      .where('deleted_at', 'is', null)
      .forKeyShare()
      .executeTakeFirst();
    await askForCode(tx, ctx.clock.now(), { userId: user?.id ?? null, purpose: 'reset-password', email });
  });
  return { email };
}
