import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { FreezeCause, FreezeRow } from '../db/tables/refunds.ts';
import { conflict } from '../errors.ts';
import { newId } from '../ids.ts';
import { enqueueRelease } from './enqueue-release.ts';

export type Freeze = { cause: FreezeCause; subject: string; reason: string };

/**
 * Stops a payment from going out, for one more reason; freezing it again for the same one changes nothing and
 * answers false. The caller holds the payment's lock, so that a release either came before or waits.
 */
export async function freezePayment(ctx: Ctx, tx: Tx, paymentId: string, freeze: Freeze): Promise<boolean> {
  const frozen = await tx
    .insertInto('payment_freezes')
    .values({ id: newId('frz'), payment_id: paymentId, ...freeze, frozen_at: ctx.clock.now() })
    .onConflict((conflict) =>
      conflict.columns(['payment_id', 'cause', 'subject']).where('lifted_at', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return frozen !== undefined;
}

/**
 * Takes reasons away; with the last one a release that waited goes out. The caller holds the payment's lock. Answers
 * whether there was anything to lift.
 */
export async function liftFreeze(
  ctx: Ctx,
  tx: Tx,
  paymentId: string,
  which: { causes: readonly FreezeCause[]; subject?: string },
): Promise<boolean> {
  let update = tx
    .updateTable('payment_freezes')
    .set({ lifted_at: ctx.clock.now() })
    .where('payment_id', '=', paymentId)
    .where('cause', 'in', which.causes)
    .where('lifted_at', 'is', null);
  if (which.subject !== undefined) update = update.where('subject', '=', which.subject);
  const lifted = await update.returning('id').execute();
  if (lifted.length > 0) await enqueueRelease(tx, paymentId);
  return lifted.length > 0;
}

/** Why these payments are frozen now, oldest reason first. */
export function openFreezes(db: Db | Tx, paymentIds: readonly string[]): Promise<FreezeRow[]> {
  if (paymentIds.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('payment_freezes')
    .selectAll()
    .where('payment_id', 'in', paymentIds)
    .where('lifted_at', 'is', null)
    .orderBy('frozen_at')
    .orderBy('id')
    .execute();
}

const words: Record<FreezeCause, string> = {
  dispute: 'there is a dispute about it',
  chargeback: "the customer's bank has questioned it",
  fraud_warning: "the customer's bank has warned of fraud",
  admin: 'the platform is looking into it',
};

/** Errors: conflict, with the reasons, while the payment is frozen by anything but this subject. */
export async function requireUnfrozen(tx: Tx, paymentId: string, exceptSubject?: string): Promise<void> {
  const freezes = (await openFreezes(tx, [paymentId])).filter(({ subject }) => subject !== exceptSubject);
  if (freezes.length === 0) return;
  const reasons = [...new Set(freezes.map(({ cause }) => words[cause]))];
  throw conflict(`This payment is frozen: ${reasons.join(', and ')}.`);
}
