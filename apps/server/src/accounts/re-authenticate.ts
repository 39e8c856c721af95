import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { verifyPassword } from './passwords.ts';
import type { UserRow } from './present.ts';

/**
 * Requires the password once more: a session alone (a borrowed phone, a stolen token) must not take an account
 * over. Throws invalid_credentials. Routes that lead here count tries per account.
 */
export async function reAuthenticate(ctx: Ctx, actor: Actor, password: string): Promise<UserRow> {
  const user = await ctx.db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', actor.userId)
    .executeTakeFirstOrThrow();
  if (!(await verifyPassword(user.password_hash, password))) throw wrongPassword();
  return user;
}

/** Locks the account; throws if the password that was just checked has been changed since. */
export async function lockUnchanged(tx: Tx, checked: UserRow): Promise<void> {
  const now = await tx
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', checked.id)
    .forUpdate()
    .executeTakeFirst();
  if (now?.password_hash !== checked.password_hash) throw wrongPassword();
}

const wrongPassword = () => new AppError('invalid_credentials', 'The current password is wrong.');
