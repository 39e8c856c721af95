import { randomBytes } from 'node:crypto';
import type { InputOf, ResponseOf, secondFactor } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError, conflict } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { newId } from '../../ids.ts';
import { notify } from '../../notifications/notifications.ts';
import { invalidCode } from '../codes.ts';
import { lockUnchanged, reAuthenticate } from '../re-authenticate.ts';
import { revokeSessions } from '../sessions.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { base32, otpauthUri, stepOf } from './totp.ts';

const already = () => conflict('This account has a second factor already.');

/** Makes a secret, which does nothing until it is confirmed. Throws invalid_credentials, or conflict if one is on. */
export async function enrolSecondFactor(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof secondFactor.enrol>['body'],
): Promise<ResponseOf<typeof secondFactor.enrol>> {
  const user = await reAuthenticate(ctx, actor, input.currentPassword);
  const secret = randomBytes(20);
  const fresh = { secret, created_at: ctx.clock.now() };
  await inTransaction(ctx.db, async (tx) => {
    await lockUnchanged(tx, user);
    const written = await tx
      .insertInto('second_factors')
      .values({ user_id: user.id, ...fresh })
      .onConflict((conflicting) =>
        conflicting.column('user_id').doUpdateSet(fresh).where('second_factors.confirmed_at', 'is', null),
      )
      .executeTakeFirst();
    if (written.numInsertedOrUpdatedRows === 0n) throw already();
  });
  return { secret: base32(secret), otpauthUri: otpauthUri(secret, user.email) };
}

/**
 * Turns the second factor on with a first code, ends every other session, and answers the recovery codes. Throws
 * invalid_code, or conflict if nothing was enrolled or it is on already.
 */
export async function confirmSecondFactor(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof secondFactor.confirm>['body'],
): Promise<ResponseOf<typeof secondFactor.confirm>> {
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const user = await tx
      .selectFrom('users')
      .selectAll()
      .where('id', '=', actor.userId)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (user === undefined) throw new AppError('token_expired', 'This account is gone.');
    if (user.second_factor_at !== null) throw already();
    const factor = await tx
      .selectFrom('second_factors')
      .select('secret')
      .where('user_id', '=', user.id)
      .executeTakeFirst();
    if (factor === undefined) throw conflict('Enrol an authenticator app first.');
    const step = stepOf(factor.secret, input.code, now);
    if (step === undefined) throw invalidCode();
    await tx
      .updateTable('second_factors')
      .set({ confirmed_at: now, last_step: step })
      .where('user_id', '=', user.id)
      .execute();
    await tx
      .updateTable('users')
      .set({ second_factor_at: now, updated_at: now })
      .where('id', '=', user.id)
      .execute();
    const recoveryCodes = await makeRecoveryCodes(tx, user.id);
    await revokeSessions(tx, now, user.id, actor.sessionId);
    await notify(ctx, tx, [{ to: user.id, type: 'account.second_factor_on', about: newId('chg') }]);
    return { recoveryCodes };
  });
}
