import type { Me } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { forgetBounce, notify } from '../notifications/notifications.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { claimAddress, lockAddress } from './claim-address.ts';
import { dropCodes, requireCode, spendCode } from './codes.ts';
import { presentMe } from './present.ts';

/** Makes the new address the account's own and tells the old one. Throws invalid_code or conflict. */
export async function confirmEmail(ctx: Ctx, actor: Actor, code: string): Promise<Me> {
  const proof = await requireCode(ctx, { userId: actor.userId, purpose: 'change-email', code });
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    await lockAddress(tx, proof.email);
    const before = await tx
      .selectFrom('users')
      .select('email')
      .where('id', '=', actor.userId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await spendCode(tx, proof);
    await claimAddress(tx, now, actor.userId, proof.email);
    // Codes mailed to the old address, above all one that sets a new password, are worth nothing any more.
    await dropCodes(tx, actor.userId);
    await forgetBounce(tx, before.email);
    await enqueue(tx, 'accounts.send-notice', {
      userId: actor.userId,
      notice: 'email-changed',
      to: before.email,
    });
    await notify(ctx, tx, [{ to: actor.userId, type: 'account.email_changed', about: newId('chg') }]);
    const user = await tx
      .selectFrom('users')
      .selectAll()
      .where('id', '=', actor.userId)
      .executeTakeFirstOrThrow();
    return presentMe(tx, user);
  });
}
