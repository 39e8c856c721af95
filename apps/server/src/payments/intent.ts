import type { Ctx } from '../context.ts';
import { type Sender, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';

/** The payment's intent at Stripe, made if it is not there yet. The payment row exists and is committed. */
export async function ensureIntent(ctx: Ctx, paymentId: string): Promise<Stripe.PaymentIntent> {
  const intent = await sendCall(ctx, `intent:${paymentId}`, intentSender(ctx));
  await ctx.db
    .updateTable('payments')
    .set({ stripe_payment_id: intent.id, stripe_status: intent.status })
    .where('id', '=', paymentId)
    .where('stripe_payment_id', 'is', null)
    .execute();
  return intent;
}

const intentSender = (ctx: Ctx): Sender<Stripe.PaymentIntent> => ({
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
