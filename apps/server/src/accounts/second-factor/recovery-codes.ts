import { createHash, randomBytes } from 'node:crypto';
import type { Tx } from '../../db/connect.ts';
import { base32 } from './totp.ts';

const count = 10;

/** Makes the recovery codes of an account in place of any before. They are told once and kept as hashes. */
export async function makeRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = Array.from({ length: count }, newCode);
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await tx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: userId, hash: hashOf(code) })))
    .execute();
  return codes;
}

/** Uses one up; false if it is none of this account's, or was used. Of two at once one is first. */
export async function spendRecoveryCode(tx: Tx, now: Date, userId: string, code: string): Promise<boolean> {
  const spent = await tx
    .updateTable('recovery_codes')
    .set({ used_at: now })
    .where('user_id', '=', userId)
    .where('hash', '=', hashOf(code))
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return spent.numUpdatedRows === 1n;
}

/** 80 random bits in groups that can be copied by hand. */
const newCode = (): string => base32(randomBytes(10)).match(/.{4}/g)!.join('-');

// As with tokens: for something this random any hash is as good as a slow one.
const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest();
