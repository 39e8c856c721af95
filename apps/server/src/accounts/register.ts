import type { accounts, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { askForCode, mayMail } from './codes.ts';
import { hashPassword, requireDecentPassword } from './passwords.ts';

/**
 * Registers an account that gives nobody access until its address is proven. It is not looked at whether the
 * address is taken, so no answer and no timing can tell: that is found out when the mail is sent.
 */
export async function register(
  ctx: Ctx,
  input: InputOf<typeof accounts.register>['body'],
): Promise<{ userId: string; email: string }> {
  requireDecentPassword(input.password, input, 'password');
  const passwordHash = await hashPassword(input.password);
  const mayAsk = await mayMail(ctx, input.email);
  const now = ctx.clock.now();
  const userId = newId('usr');
  await inTransaction(ctx.db, async (tx) => {
    await tx
      .insertInto('users')
      .values({
        id: userId,
        role: input.role,
        email: input.email,
        email_verified_at: null,
        password_hash: passwordHash,
        name: input.name,
        locale: input.locale,
        time_zone: input.timeZone,
        created_at: now,
        updated_at: now,
      })
      .execute();
    if (mayAsk) await askForCode(tx, now, { userId, purpose: 'verify-email', email: input.email });
  });
  return { userId, email: input.email };
}
