import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';

/**
 * Refunds whose money has not left, up to this much in all: the customer has got it from their bank. Answers how much of
 * what was owed that settles, minor units; the caller books it and holds the payment's lock.
 */
export async function supersedeRefunds(
  ctx: Ctx,
  tx: Tx,
  paymentId: string,
  limitMinor: number,
): Promise<number> {
  const unsent = await tx
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .where('status', 'in', ['requested', 'pending', 'failed'])
    .where('is_sent', '=', false)
    .orderBy('requested_at')
    .forUpdate()
    .execute();
  let settledMinor = 0;
  for (const refund of unsent) {
    if (settledMinor + refund.amount_minor > limitMinor) continue;
    settledMinor += refund.amount_minor;
    const now = ctx.clock.now();
    await tx
      .updateTable('refunds')
      .set({ status: 'superseded', completed_at: now, updated_at: now })
      .where('id', '=', refund.id)
      .execute();
  }
  return settledMinor;
}
