import type { Page, Refund, refundStatuses } from '@holdfast/contract';
import { recordAdminAction } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../http/authenticate.ts';
import { markPaidOtherwise, presentRefund, retryRefund } from '../payments/payments.ts';

type Query = PageRequest & {
  status?: (typeof refundStatuses)[number] | undefined;
  paymentId?: string | undefined;
};

/** Refunds of anybody, newest first. */
export async function listRefunds(ctx: Ctx, query: Query): Promise<Page<Refund>> {
  let select = ctx.db.selectFrom('refunds').selectAll();
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.paymentId !== undefined) select = select.where('payment_id', '=', query.paymentId);
  const page = await newestFirst(select, 'refunds.requested_at', query);
  return { items: page.items.map(presentRefund), nextCursor: page.nextCursor };
}

/** Sends a failed refund again. Errors: not_found, conflict (not failed, or the payment is frozen). */
export function retry(ctx: Ctx, actor: Actor, refundId: string): Promise<Refund> {
  return inTransaction(ctx.db, async (tx) => {
    const refund = await retryRefund(ctx, tx, refundId);
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'refund.retry',
      subject: refundId,
      details: { paymentId: refund.payment_id, attempt: refund.attempt },
    });
    return presentRefund(refund);
  });
}

/** Writes down that a failed refund was paid from elsewhere. Errors: not_found, conflict. */
export function settleOtherwise(ctx: Ctx, actor: Actor, refundId: string, note: string): Promise<Refund> {
  return inTransaction(ctx.db, async (tx) => {
    const refund = await markPaidOtherwise(ctx, tx, refundId, { adminId: actor.userId, note });
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'refund.paid-otherwise',
      subject: refundId,
      details: { paymentId: refund.payment_id, note },
    });
    return presentRefund(refund);
  });
}
