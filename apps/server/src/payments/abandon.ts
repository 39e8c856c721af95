import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { lockPaymentOfBooking } from './lock.ts';

/**
 * Stops an unpaid payment of this booking, if there is one: its intent is cancelled by the outbox. 'held' means that
 * money is in, and nothing was changed. If the customer pays in this very moment, the money is refunded (checkout).
 */
export async function abandonPayment(ctx: Ctx, tx: Tx, bookingId: string): Promise<'free' | 'held'> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  if (payment === undefined || payment.status === 'refunded') return 'free';
  if (payment.status !== 'pending') return 'held';
  const now = ctx.clock.now();
  await tx
    .updateTable('payments')
    .set({ abandoned_at: now, updated_at: now })
    .where('id', '=', payment.id)
    .execute();
  await enqueue(
    tx,
    'payments.cancel-intent',
    { paymentId: payment.id },
    { key: `cancel-intent:${payment.id}` },
  );
  return 'free';
}
