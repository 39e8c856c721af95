import type { Tx } from '../db/connect.ts';
import { breaksUnique } from '../db/transaction.ts';
import { conflict } from '../errors.ts';

/**
 * Locks every account of an address, always in the same order, so that two people who prove registrations of
 * one address wait for each other in place of deadlocking. Returns their ids.
 */
export async function lockAddress(tx: Tx, email: string): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Set(rows.map((row) => row.id));
}

/**
 * Makes the address this account's own and proven, and removes the unproven accounts of the address with their
 * passwords, sessions and codes: whoever proves an address owns it. Throws conflict when it has an owner.
 */
export async function claimAddress(tx: Tx, now: Date, userId: string, email: string): Promise<void> {
  try {
    await tx
      .updateTable('users')
      .set({ email, email_verified_at: now, updated_at: now })
      .where('id', '=', userId)
      .execute();
  } catch (error) {
    if (breaksUnique(error, 'users_proven_email'))
      throw conflict('This address belongs to another account by now.');
    throw error;
  }
  await dropUnproven(tx, email);
}

/** Removes every account that only claims this address. Sessions and codes go with it. */
export async function dropUnproven(tx: Tx, email: string): Promise<void> {
  await tx.deleteFrom('users').where('email', '=', email).where('email_verified_at', 'is', null).execute();
}
