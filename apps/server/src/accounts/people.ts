import { sql } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';
import type { Role } from '../db/tables/accounts.ts';
import { AppError, notFound } from '../errors.ts';
import type { UserRow } from './present.ts';

/** What the two sides of a booking may know of each other. */
export type PublicPerson = { id: string; name: string; role: Role };

/** The account with this id, deleted and suspended ones included. Throws not_found. */
export async function getUser(db: Db | Tx, userId: string): Promise<UserRow> {
  const user = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst();
  if (user === undefined) throw notFound('account');
  return user;
}

/** Names for a list of ids, in one query. Deleted accounts are in it under the name they have now. */
export async function publicPerson(
  db: Db | Tx,
  userIds: readonly string[],
): Promise<Map<string, PublicPerson>> {
  if (userIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('users')
    .select(['id', 'name', 'role'])
    .where('id', 'in', [...new Set(userIds)])
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * The account, kept from being deleted or suspended until the transaction ends. Call it before writing
 * anything that would stop a deletion. Throws not_found or account_suspended.
 */
export const requireActive = async (tx: Tx, userId: string): Promise<UserRow> =>
  requireMember(
    await tx.selectFrom('users').selectAll().where('id', '=', userId).forShare().executeTakeFirst(),
  );

/** The same, for what belongs to the account and is changed by one at a time. */
export const lockActive = async (tx: Tx, userId: string): Promise<UserRow> =>
  requireMember(
    await tx.selectFrom('users').selectAll().where('id', '=', userId).forNoKeyUpdate().executeTakeFirst(),
  );

function requireMember(user: UserRow | undefined): UserRow {
  if (user === undefined || user.email_verified_at === null || user.deleted_at !== null)
    throw notFound('account');
  if (user.suspended_at !== null) throw new AppError('account_suspended', 'This account is suspended.');
  return user;
}

/** Like requireActive, for a contractor somebody else names. Suspended and unknown are one: not_found. */
export async function requireContractor(tx: Tx, userId: string): Promise<UserRow> {
  const user = await tx
    .selectFrom('users')
    .selectAll()
    .where('id', '=', userId)
    .where('role', '=', 'contractor')
    .where('email_verified_at', 'is not', null)
    .where('deleted_at', 'is', null)
    .where('suspended_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  if (user === undefined) throw notFound('contractor');
  return user;
}

/** Adds one review of 1 to 5 to the average of the person who received it. */
export async function addRating(tx: Tx, userId: string, rating: number): Promise<void> {
  await tx
    .updateTable('users')
    .set({ rating_sum: sql`rating_sum + ${rating}::int`, rating_count: sql`rating_count + 1` })
    .where('id', '=', userId)
    .execute();
}
