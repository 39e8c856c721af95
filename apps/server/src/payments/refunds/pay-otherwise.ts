import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { RefundRow } from '../../db/tables/refunds.ts';
import { post } from '../../ledger/ledger.ts';
import { restateReturned } from '../returned.ts';
import { lockFailed } from './retry.ts';

/**
 * The platform has paid a failed refund from elsewhere, a bank transfer say. The money that came back to Stripe is the
 * platform's from now on. Errors: not_found, conflict.
 */
export async function markPaidOtherwise(
  ctx: Ctx,
  tx: Tx,
  refundId: string,
  by: { adminId: string; note: string },
): Promise<RefundRow> {
  const refund = await lockFailed(tx, refundId);
  const now = ctx.clock.now();
  const paid = await tx
    .updateTable('refunds')
    .set({
      status: 'paid_otherwise',
      admin_id: by.adminId,
      note: by.note,
      completed_at: now,
      updated_at: now,
    })
    .where('id', '=', refund.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const { payment_id: paymentId, amount_minor: amountMinor } = refund;
  await post(tx, now, {
    cause: `refund-paid-otherwise:${refund.id}`,
    paymentId,
    currency: refund.currency,
    lines: [
      { account: 'refund_payable', paymentId, debitMinor: amountMinor },
      { account: 'paid_outside', paymentId, creditMinor: amountMinor },
    ],
  });
  await restateReturned(ctx, tx, paymentId);
  return paid;
}
