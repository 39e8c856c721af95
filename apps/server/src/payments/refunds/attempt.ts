import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { PaymentRow } from '../../db/tables/payments.ts';
import type { RefundRow } from '../../db/tables/refunds.ts';
import { enqueue } from '../../outbox/enqueue.ts';
import { prepareCall } from '../../stripe-calls/stripe-calls.ts';

export const refundCallId = (refund: Pick<RefundRow, 'id' | 'attempt'>): string =>
  `refund:${refund.id}:${refund.attempt}`;

/**
 * Which refund of ours this is, and which attempt at it. Those made before refunds had rows of their own know their
 * payment alone, of which there was one refund: migration 090 named it after it.
 */
export function identify(
  metadata: Readonly<Record<string, string>> | null | undefined,
): { refundId: string; attempt: number } | undefined {
  if (metadata?.refund_id !== undefined)
    return { refundId: metadata.refund_id, attempt: Number(metadata.attempt) };
  if (metadata?.payment_id === undefined) return undefined;
  return { refundId: metadata.payment_id.replace(/^pay_/, 'rfd_'), attempt: 1 };
}

/** Stores the call that makes this attempt at Stripe, and has the outbox send it. */
export async function beginAttempt(ctx: Ctx, tx: Tx, payment: PaymentRow, refund: RefundRow): Promise<void> {
  await prepareAttempt(ctx, tx, payment, refund);
  await enqueueRefund(tx, refund.id);
}

export const prepareAttempt = (ctx: Ctx, tx: Tx, payment: PaymentRow, refund: RefundRow): Promise<void> =>
  prepareCall(tx, ctx.clock.now(), {
    id: refundCallId(refund),
    params: {
      payment_intent: payment.stripe_payment_id,
      amount: refund.amount_minor,
      metadata: {
        payment_id: payment.id,
        booking_id: payment.booking_id,
        refund_id: refund.id,
        attempt: String(refund.attempt),
      },
    },
  });

export const enqueueRefund = (tx: Tx, refundId: string): Promise<void> =>
  enqueue(tx, 'payments.refund', { refundId }, { key: `refund:${refundId}` });
