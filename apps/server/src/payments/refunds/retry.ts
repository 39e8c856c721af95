import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { RefundRow } from '../../db/tables/refunds.ts';
import { conflict, notFound } from '../../errors.ts';
import { requireUnfrozen } from '../freezes.ts';
import { lockPayment } from '../lock.ts';
import { lockRefund } from './apply.ts';
import { beginAttempt } from './attempt.ts';

/** A failed refund is tried again at Stripe, as a refund of its own. Errors: not_found, conflict. */
export async function retryRefund(ctx: Ctx, tx: Tx, refundId: string): Promise<RefundRow> {
  const refund = await lockFailed(tx, refundId);
  const payment = await lockPayment(tx, refund.payment_id);
  await requireUnfrozen(tx, payment.id);
  const now = ctx.clock.now();
  const again = await tx
    .updateTable('refunds')
    .set({
      status: 'requested',
      attempt: refund.attempt + 1,
      stripe_refund_id: null,
      failure_code: null,
      failure_message: null,
      read_at: now,
      updated_at: now,
    })
    .where('id', '=', refund.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await beginAttempt(ctx, tx, payment, again);
  return again;
}

/** The refund and its payment, locked. Errors: not_found, conflict if it has not failed. */
export async function lockFailed(tx: Tx, refundId: string): Promise<RefundRow> {
  const known = await tx.selectFrom('refunds').select('id').where('id', '=', refundId).executeTakeFirst();
  if (known === undefined) throw notFound('refund');
  const refund = await lockRefund(tx, refundId);
  if (refund.status !== 'failed') throw conflict(`This refund is ${refund.status}, not failed.`);
  return refund;
}
