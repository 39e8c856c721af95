import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { CodePurpose } from '../db/tables/accounts.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { takePlace } from '../rate-limits.ts';
import { codeMailsPerDay, codeMailsPerHour } from './limits.ts';

export const codeLifeMs = 10 * minuteMs;
const maximumTries = 5;
// Somebody looks at their mailbox and waits: before everything else that the outbox has to do.
const codePriority = -10;

/** Whether one more mail may go to this address; takes the place. Over the limit callers answer as always. */
export async function mayMail(ctx: Ctx, email: string): Promise<boolean> {
  if (!(await takePlace(ctx, codeMailsPerHour, email)).isAllowed) return false;
  return (await takePlace(ctx, codeMailsPerDay, email)).isAllowed;
}

/**
 * Asks for a code to be made and mailed; the one asked for before stops working. Without a user (nobody has
 * this address) the same rows are written and nothing is mailed. The code itself does not exist yet: it is
 * made when the mail is sent, so it never waits in a queue or a table.
 */
export async function askForCode(
  tx: Tx,
  now: Date,
  request: { userId: string | null; purpose: CodePurpose; email: string },
): Promise<void> {
  const codeId = newId('otc');
  await tx
    .insertInto('one_time_codes')
    .values({
      id: codeId,
      user_id: request.userId,
      purpose: request.purpose,
      email: request.email,
      salt: null,
      hash: null,
      expires_at: addMs(now, codeLifeMs),
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'purpose']).doUpdateSet((row) => ({
        id: row.ref('excluded.id'),
        email: row.ref('excluded.email'),
        salt: null,
        hash: null,
        tries: 0,
        expires_at: row.ref('excluded.expires_at'),
        created_at: row.ref('excluded.created_at'),
      })),
    )
    .execute();
  await enqueue(tx, 'accounts.send-code', { codeId }, { priority: codePriority });
}

/** Six random digits and what is kept of them. */
export function makeCode(): { code: string; salt: Buffer; hash: Buffer } {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const salt = randomBytes(16);
  return { code, salt, hash: hashCode(code, salt) };
}

// Whoever has the table could try all million codes against any hash, however slow; what protects a code is
// that it dies in ten minutes and after five tries. The salt keeps equal codes from looking equal.
const hashCode = (code: string, salt: Buffer): Buffer =>
  createHash('sha256').update(salt).update(code).digest();

/** A code that was right: spend it in the transaction that does what it was for. */
export type Proof = { codeId: string; email: string; hash: Buffer };

/**
 * Checks a code of this account and purpose. The try is counted and committed before the comparison, by one
 * statement: neither an error later on nor a hundred requests at once buy a sixth. Throws invalid_code.
 */
export async function requireCode(
  ctx: Ctx,
  attempt: { userId: string | undefined; purpose: CodePurpose; code: string },
): Promise<Proof> {
  const row = await ctx.db
    .updateTable('one_time_codes')
    .set({ tries: sql`tries + 1` })
    .where('user_id', '=', attempt.userId ?? '')
    .where('purpose', '=', attempt.purpose)
    .where('hash', 'is not', null)
    .where('tries', '<', maximumTries)
    .where('expires_at', '>', ctx.clock.now())
    .returning(['id', 'email', 'salt', 'hash'])
    .executeTakeFirst();
  if (row?.salt == null || row.hash === null) throw invalidCode();
  if (!timingSafeEqual(hashCode(attempt.code, row.salt), row.hash)) throw invalidCode();
  return { codeId: row.id, email: row.email, hash: row.hash };
}

/** Uses the proof up. Of two requests with the same code one gets here first, the other gets invalid_code. */
export async function spendCode(tx: Tx, proof: Proof): Promise<void> {
  const spent = await tx
    .deleteFrom('one_time_codes')
    .where('id', '=', proof.codeId)
    .where('hash', '=', proof.hash)
    .executeTakeFirst();
  if (spent.numDeletedRows === 0n) throw invalidCode();
}

/** Everything that was mailed to this account before stops working: its address or password has changed. */
export async function dropCodes(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('one_time_codes').where('user_id', '=', userId).execute();
}

export const invalidCode = () => new AppError('invalid_code', 'This code is wrong, used or expired.');
