import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { askForCode, mayMail } from './codes.ts';

/** Mails a new verification code. Answers alike for an account that is unknown, proven or over its limit. */
export async function resendCode(ctx: Ctx, userId: string): Promise<{ userId: string }> {
  const user = await findUnproven(ctx.db, userId);
  // Without an account the same counters and rows are written, under an address that cannot exist.
  const email = user?.email ?? `${userId.toLowerCase()}@unknown.invalid`;
  if (!(await mayMail(ctx, email))) return { userId };
  await inTransaction(ctx.db, async (tx) => {
    const isThere = (await findUnproven(tx, userId)) !== undefined;
    await askForCode(tx, ctx.clock.now(), {
      userId: isThere ? userId : null,
      purpose: 'verify-email',
      email,
    });
  });
  return { userId };
}

/** The lock keeps the row from being removed, by the proof of another registration, before the code is there. */
const findUnproven = (db: Db | Tx, userId: string) =>
  db
    .selectFrom('users')
    .select('email')
    .where('id', '=', userId)
    .where('email_verified_at', 'is', null)
    .forKeyShare()
    .executeTakeFirst();
