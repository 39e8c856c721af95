import type { Tx } from '../db/connect.ts';
import { conflict, notFound } from '../errors.ts';
import type { UserRow } from './present.ts';
import { revokeSessions } from './sessions.ts';

/**
 * Closes an account to its owner: sessions end in the same transaction, and sockets with them a few seconds later.
 * What the account has begun goes on. Throws not_found, or conflict if it is suspended, deleted or never was proven.
 */
export async function suspendUser(tx: Tx, now: Date, userId: string): Promise<UserRow> {
  const user = await lockUser(tx, userId);
  if (user.deleted_at !== null) throw conflict('This account is deleted.');
  if (user.email_verified_at === null)
    throw conflict('This account has not proven its address: nobody can use it.');
  if (user.suspended_at !== null) throw conflict('This account is suspended already.');
  await revokeSessions(tx, now, userId);
  return setSuspended(tx, now, userId, now);
}

/** Opens it again; its owner signs in anew. Throws not_found, or conflict if it is not suspended. */
export async function reinstateUser(tx: Tx, now: Date, userId: string): Promise<UserRow> {
  const user = await lockUser(tx, userId);
  if (user.suspended_at === null || user.deleted_at !== null)
    throw conflict('This account is not suspended.');
  return setSuspended(tx, now, userId, null);
}

async function lockUser(tx: Tx, userId: string): Promise<UserRow> {
  const user = await tx
    .selectFrom('users')
    .selectAll()
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  if (user === undefined) throw notFound('account');
  return user;
}

const setSuspended = (tx: Tx, now: Date, userId: string, suspendedAt: Date | null): Promise<UserRow> =>
  tx
    .updateTable('users')
    .set({ suspended_at: suspendedAt, updated_at: now })
    .where('id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow();
