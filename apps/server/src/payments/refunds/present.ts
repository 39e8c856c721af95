import type { Refund } from '@holdfast/contract';
import type { Db, Tx } from '../../db/connect.ts';
import type { RefundRow } from '../../db/tables/refunds.ts';

/** The refunds of these payments by payment, oldest first. One query, however many. */
export async function refundsOf(db: Db | Tx, paymentIds: readonly string[]): Promise<Map<string, Refund[]>> {
  if (paymentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', 'in', paymentIds)
    .orderBy('requested_at')
    .orderBy('id')
    .execute();
  const byPayment = Map.groupBy(rows, (row) => row.payment_id);
  return new Map([...byPayment].map(([id, own]) => [id, own.map(presentRefund)]));
}

export const presentRefund = (row: RefundRow): Refund => ({
  id: row.id,
  paymentId: row.payment_id,
  amount: { amount: row.amount_minor, currency: row.currency },
  cause: row.cause,
  status: row.status,
  stripeRefundId: row.stripe_refund_id,
  failure: row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
  requestedAt: row.requested_at.toISOString(),
  completedAt: row.completed_at?.toISOString() ?? null,
});
