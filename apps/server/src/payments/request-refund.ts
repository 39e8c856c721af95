import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { conflict } from '../errors.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { prepareCall } from '../stripe-calls/stripe-calls.ts';
import { lockPaymentOfBooking } from './lock.ts';

/**
 * Gives the held money of this booking back in full; the refund itself is made by the outbox.
 * Errors: conflict if the money is not held, or a release or refund was asked for before.
 */
export async function requestRefund(ctx: Ctx, tx: Tx, bookingId: string): Promise<void> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  if (payment === undefined || payment.status !== 'held')
    throw conflict('The money for this booking is not held, so it cannot be refunded.');
  if (payment.release_requested_at !== null) throw conflict('This payment is being released.');
  if (payment.refund_requested_at !== null) throw conflict('This payment is being refunded already.');
  await beginRefund(ctx, tx, payment);
}

async function beginRefund(ctx: Ctx, tx: Tx, payment: PaymentRow): Promise<void> {
  const now = ctx.clock.now();
  await tx
    .updateTable('payments')
    .set({ refund_requested_at: now, read_at: now, updated_at: now })
    .where('id', '=', payment.id)
    .execute();
  await prepareCall(tx, now, {
    id: `refund:${payment.id}`,
    params: {
      payment_intent: payment.stripe_payment_id,
      amount: payment.amount_minor,
      metadata: { payment_id: payment.id, booking_id: payment.booking_id },
    },
  });
  await enqueue(tx, 'payments.refund', { paymentId: payment.id }, { key: `refund:${payment.id}` });
}
