import type { accounts, InputOf, SignedIn } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { requirePlace } from '../rate-limits.ts';
import { loginsPerEmail, loginsPerEmailAndAddress } from './limits.ts';
import { tellOfSignIn } from './new-sign-in.ts';
import type { Origin } from './origin.ts';
import { verifyPassword, wrongCredentials } from './passwords.ts';
import { presentMe } from './present.ts';
import { countSecondFactorTry, proveSecondFactor } from './second-factor/prove.ts';
import { openSession } from './sessions.ts';

/**
 * Signs in. An address without a proven account, an unproven account and a wrong password are one answer,
 * invalid_credentials, after one argon2 computation each. A suspended account is told so only after the
 * right password, and so is one that needs the code of its second factor (second_factor_required, invalid_code).
 */
export async function login(
  ctx: Ctx,
  input: InputOf<typeof accounts.login>['body'],
  origin: Origin,
): Promise<SignedIn> {
  // The narrow limit comes first, so that one machine can use up only a tenth of the loose one.
  await requirePlace(ctx, loginsPerEmailAndAddress, `${input.email} ${origin.address}`);
  await requirePlace(ctx, loginsPerEmail, input.email);
  const found = await ctx.db
    .selectFrom('users')
    .select(['id', 'password_hash', 'second_factor_at'])
    .where('email', '=', input.email)
    .where('email_verified_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  const isRight = await verifyPassword(found?.password_hash, input.password);
  if (found === undefined || !isRight) throw wrongCredentials();
  if (found.second_factor_at !== null) await countSecondFactorTry(ctx, found.id, input.secondFactor);
  return inTransaction(ctx.db, async (tx) => {
    // The lock orders this after or before a change of password: a session opened with the old one would
    // otherwise slip in behind the change that ended all sessions.
    const user = await tx
      .selectFrom('users')
      .selectAll()
      .where('id', '=', found.id)
      .forShare()
      .executeTakeFirst();
    if (user === undefined || user.password_hash !== found.password_hash) throw wrongCredentials();
    if (user.suspended_at !== null) throw new AppError('account_suspended', 'This account is suspended.');
    const now = ctx.clock.now();
    if (user.second_factor_at !== null) await proveSecondFactor(tx, now, user.id, input.secondFactor);
    await tellOfSignIn(ctx, tx, user.id, origin);
    const tokens = await openSession(tx, now, user.id, origin);
    return { ...tokens, user: await presentMe(tx, user) };
  });
}
