import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { AppError } from '../../errors.ts';
import { requirePlace } from '../../rate-limits.ts';
import { invalidCode } from '../codes.ts';
import { secondFactorTries, secondFactorTriesPerDay } from '../limits.ts';
import { spendRecoveryCode } from './recovery-codes.ts';
import { stepOf } from './totp.ts';

/**
 * Counts a try, which only somebody with the right password can make, before anything is compared: requests at once
 * buy no further one. Throws second_factor_required without a code, or rate_limited.
 */
export async function countSecondFactorTry(
  ctx: Ctx,
  userId: string,
  code: string | undefined,
): Promise<void> {
  if (code === undefined) throw secondFactorRequired();
  await requirePlace(ctx, secondFactorTries, userId);
  await requirePlace(ctx, secondFactorTriesPerDay, userId);
}

/** Uses up a code of the app or a recovery code. Throws invalid_code, or second_factor_required without a code. */
export async function proveSecondFactor(
  tx: Tx,
  now: Date,
  userId: string,
  code: string | undefined,
): Promise<void> {
  if (code === undefined) throw secondFactorRequired();
  const isProven = code.includes('-')
    ? await spendRecoveryCode(tx, now, userId, code)
    : await spendStep(tx, now, userId, code);
  if (!isProven) throw invalidCode();
}

async function spendStep(tx: Tx, now: Date, userId: string, code: string): Promise<boolean> {
  const factor = await tx
    .selectFrom('second_factors')
    .select('secret')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  const step = factor === undefined ? undefined : stepOf(factor.secret, code, now);
  if (step === undefined) return false;
  const spent = await tx
    .updateTable('second_factors')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return spent.numUpdatedRows === 1n;
}

const secondFactorRequired = () =>
  new AppError('second_factor_required', 'Send the code of the authenticator app as secondFactor.');
