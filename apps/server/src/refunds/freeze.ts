import type { Payment } from '@holdfast/contract';
import { recordAdminAction } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { freezePayment, liftFreeze, lockPayment, presentPayment } from '../payments/payments.ts';

/**
 * Stops a payment until an admin lifts it. Errors: not_found, conflict (not paid yet, over, or frozen by an admin already).
 */
export async function freeze(ctx: Ctx, actor: Actor, paymentId: string, reason: string): Promise<Payment> {
  await inTransaction(ctx.db, async (tx) => {
    const payment = await lockKnown(tx, paymentId);
    // Not paid yet neither: money that comes in when its booking is over goes straight back, and must not be stopped.
    if (payment.status === 'pending' || payment.status === 'failed' || payment.status === 'refunded')
      throw conflict(`This payment is ${payment.status}: there is nothing to freeze.`);
    const isNew = await freezePayment(ctx, tx, paymentId, { cause: 'admin', subject: paymentId, reason });
    if (!isNew) throw conflict('An admin has frozen this payment already.');
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'payment.freeze',
      subject: paymentId,
      details: { reason },
    });
  });
  return readPayment(ctx, paymentId);
}

/** Lifts the freezes of admins and fraud warnings. Errors: not_found, conflict (there is none). */
export async function unfreeze(ctx: Ctx, actor: Actor, paymentId: string, reason: string): Promise<Payment> {
  await inTransaction(ctx.db, async (tx) => {
    await lockKnown(tx, paymentId);
    const isLifted = await liftFreeze(ctx, tx, paymentId, { causes: ['admin', 'fraud_warning'] });
    if (!isLifted) throw conflict('No admin and no fraud warning has frozen this payment.');
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'payment.unfreeze',
      subject: paymentId,
      details: { reason },
    });
  });
  return readPayment(ctx, paymentId);
}

async function lockKnown(tx: Tx, paymentId: string) {
  const known = await tx.selectFrom('payments').select('id').where('id', '=', paymentId).executeTakeFirst();
  if (known === undefined) throw notFound('payment');
  return lockPayment(tx, paymentId);
}

export async function readPayment(ctx: Ctx, paymentId: string): Promise<Payment> {
  const row = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  return presentPayment(ctx, row);
}
