import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { notFound } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { notify } from '../../notifications/notifications.ts';
import { revokeSessions } from '../sessions.ts';

/**
 * Takes the second factor from an account whose phone and recovery codes are lost, for whoever can run commands on the
 * server. Its sessions end and its owner is told. Throws not_found for an address without an account that has one.
 */
export async function resetSecondFactor(ctx: Pick<Ctx, 'clock'>, tx: Tx, email: string): Promise<string> {
  const now = ctx.clock.now();
  const user = await tx
    .updateTable('users')
    .set({ second_factor_at: null, updated_at: now })
    .where('email', '=', email)
    .where('second_factor_at', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (user === undefined) throw notFound('account with a second factor');
  await dropSecondFactor(tx, user.id);
  await revokeSessions(tx, now, user.id);
  await notify(ctx, tx, [{ to: user.id, type: 'account.second_factor_off', about: newId('chg') }]);
  return user.id;
}

/** Forgets the secret, confirmed or not, and the recovery codes with it. */
export async function dropSecondFactor(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('second_factors').where('user_id', '=', userId).execute();
}
