import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Db, Tx } from '../db/connect.ts';
import { breaksUnique, inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { dropUnproven } from './claim-address.ts';
import { hashPassword } from './passwords.ts';

/**
 * Makes an admin, for whoever can run commands on the server: no route can. The address counts as proven, and
 * unproven registrations of it die. Nobody is promoted: an address with an account is already_exists.
 * Returns the password, which is stored nowhere else. `record` is called in the same transaction.
 */
export async function createAdmin(
  ctx: { db: Db; clock: Clock },
  input: { email: string; name: string },
  record: (tx: Tx, userId: string) => Promise<void> = async () => {},
): Promise<{ userId: string; password: string }> {
  const userId = newId('usr');
  const password = randomBytes(18).toString('base64url');
  const passwordHash = await hashPassword(password);
  const now = ctx.clock.now();
  try {
    await inTransaction(ctx.db, async (tx) => {
      await dropUnproven(tx, input.email);
      await tx
        .insertInto('users')
        .values({
          id: userId,
          role: 'admin',
          email: input.email,
          email_verified_at: now,
          password_hash: passwordHash,
          name: input.name,
          locale: 'en',
          time_zone: 'UTC',
          created_at: now,
          updated_at: now,
        })
        .execute();
      await record(tx, userId);
    });
  } catch (error) {
    if (breaksUnique(error, 'users_proven_email'))
      throw new AppError('already_exists', 'This address has an account already. Nobody was made an admin.');
    throw error;
  }
  return { userId, password };
}
