import type { Ctx } from '../context.ts';
import { type Sender, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { forgetCustomer, isCustomerGone } from './customer.ts';

/**
 * The payment's intent at Stripe, made if it is not there yet. The payment row exists and is committed. If Stripe
 * refuses to make one the payment has failed, and the next attempt begins with another; with another customer if it
 * was this one's that Stripe does not have any more. Errors: StripeCallFailed.
 */
export async function ensureIntent(ctx: Ctx, paymentId: string): Promise<Stripe.PaymentIntent> {
  const intent = await sendCall(ctx, `intent:${paymentId}`, intentSender(ctx)).catch(async (error) => {
    if (error instanceof StripeCallFailed && error.failure.kind === 'refused') {
      if (isCustomerGone(error)) await forgetCustomerOf(ctx, paymentId);
      await failWithoutIntent(ctx, paymentId, error.failure);
    }
    throw error;
  });
  await ctx.db
    .updateTable('payments')
    .set({ stripe_payment_id: intent.id, stripe_status: intent.status })
    .where('id', '=', paymentId)
    .where('stripe_payment_id', 'is', null)
    .execute();
  return intent;
}

async function forgetCustomerOf(ctx: Ctx, paymentId: string): Promise<void> {
  const { params } = await ctx.db
    .selectFrom('stripe_calls')
    .select('params')
    .where('id', '=', `intent:${paymentId}`)
    .executeTakeFirstOrThrow();
  await forgetCustomer(ctx, params.customer as string);
}

async function failWithoutIntent(
  ctx: Ctx,
  paymentId: string,
  { code, message }: { code: string; message: string },
): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db
    .updateTable('payments')
    .set({ status: 'failed', failure_code: code, failure_message: message, failed_at: now, updated_at: now })
    .where('id', '=', paymentId)
    .where('status', '=', 'pending')
    .where('stripe_payment_id', 'is', null)
    .execute();
}

export const intentSender = (ctx: Ctx): Sender<Stripe.PaymentIntent> => ({
  send: (params, options) =>
    ctx.stripe.paymentIntents.create(params as unknown as Stripe.PaymentIntentCreateParams, options),
  retrieve: (id) => ctx.stripe.paymentIntents.retrieve(id),
  find: async (params) => {
    const paymentId = (params.metadata as { payment_id: string }).payment_id;
    for await (const intent of ctx.stripe.paymentIntents.list({
      customer: params.customer as string,
      limit: 100,
    }))
      if (intent.metadata.payment_id === paymentId) return intent;
    return undefined;
  },
});
