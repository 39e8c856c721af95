import type { Ctx } from '../context.ts';
import { ensureIntent } from '../payments/payments.ts';
import { StripeCallFailed } from '../stripe-calls/stripe-calls.ts';
import { stripeFailure } from '../vendors/stripe.ts';
import { settleIntentById } from './settle.ts';

/**
 * Outbox task: cancels the intent of a payment that was given up. If the customer's payment was faster, settling the
 * intent finds the booking over and refunds it. Cancelling needs no stored key: doing it twice is doing it once.
 */
export async function cancelIntent(ctx: Ctx, { paymentId }: { paymentId: string }): Promise<void> {
  const payment = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  if (payment.status !== 'pending') return;
  // The creation of the intent may have been cut off; making sure of it first leaves nothing to be paid by accident.
  const stripePaymentId = payment.stripe_payment_id ?? (await intentOf(ctx, paymentId));
  if (stripePaymentId === undefined) return;
  try {
    await ctx.stripe.paymentIntents.cancel(stripePaymentId);
  } catch (error) {
    if (stripeFailure(error).kind === 'unknown') throw error;
  }
  await settleIntentById(ctx, stripePaymentId);
}

/** Undefined when Stripe refuses to make one: then nothing can be paid, and the payment has failed. */
async function intentOf(ctx: Ctx, paymentId: string): Promise<string | undefined> {
  try {
    return (await ensureIntent(ctx, paymentId)).id;
  } catch (error) {
    if (error instanceof StripeCallFailed && error.failure.kind === 'refused') return undefined;
    throw error;
  }
}
