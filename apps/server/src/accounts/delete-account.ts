import { randomBytes } from 'node:crypto';
import type { accounts, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import { forgetFilesOf } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { forgetBounce, forgetNotificationsOf } from '../notifications/notifications.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { dropCodes } from './codes.ts';
import { unusableHash } from './passwords.ts';
import type { UserRow } from './present.ts';
import { lockUnchanged, reAuthenticate } from './re-authenticate.ts';
import { dropSecondFactor } from './second-factor/reset.ts';

/**
 * Closes what somebody who goes may leave open, under the account's lock. False, with nothing closed, while a booking
 * or money keeps them.
 */
export type Leave = (tx: Tx, userId: string) => Promise<boolean>;

/**
 * Deletes the account: its person is forgotten, its id stays for bookings and the ledger. Who may still be
 * owed or owe something is told by `leave`. Throws invalid_credentials or conflict.
 */
export async function deleteAccount(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof accounts.deleteMe>['body'],
  leave: Leave,
): Promise<void> {
  const user = await reAuthenticate(ctx, actor, input.currentPassword);
  await inTransaction(ctx.db, async (tx) => {
    await lockUnchanged(tx, user);
    if (!(await leave(tx, user.id)))
      throw conflict('A booking is still open or money is still on its way. Finish that first.');
    await pseudonymise(tx, ctx.clock.now(), user);
    await enqueue(tx, 'accounts.send-notice', {
      userId: user.id,
      notice: 'account-deleted',
      to: user.email,
      locale: user.locale,
    });
  });
}

async function pseudonymise(tx: Tx, now: Date, user: UserRow): Promise<void> {
  await tx
    .updateTable('users')
    .set({
      email: `deleted-${randomBytes(12).toString('hex')}@deleted.invalid`,
      password_hash: unusableHash,
      name: 'Deleted account',
      locale: 'en',
      time_zone: 'UTC',
      second_factor_at: null,
      deleted_at: now,
      updated_at: now,
    })
    .where('id', '=', user.id)
    .execute();
  await tx.deleteFrom('contractor_profiles').where('user_id', '=', user.id).execute();
  await tx.deleteFrom('sessions').where('user_id', '=', user.id).execute();
  // Answers kept for repeated requests say what this person posted, paid and was called.
  await tx.deleteFrom('idempotency_keys').where('user_id', '=', user.id).execute();
  await forgetFilesOf(tx, now, user.id);
  await forgetNotificationsOf(tx, user.id);
  await dropSecondFactor(tx, user.id);
  await dropCodes(tx, user.id);
  await forgetBounce(tx, user.email);
}
