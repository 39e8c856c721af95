import type { Ctx } from '../context.ts';
import { findLostIntent } from '../payments/payments.ts';
import { lookUpCall } from '../stripe-calls/stripe-calls.ts';
import { settleIntent } from './settle.ts';
import { isUnpaid } from './unpaid.ts';

/*
 * Intents and confirmations were wanted by a customer whose request is over. What Stripe has done of them counts, what
 * it has not done is not made up for: the customer decides anew.
 */

/** Settles the payment by the intent that Stripe has made for it, if it has. */
export async function resumeIntent(ctx: Ctx, paymentId: string): Promise<void> {
  const intent = await findLostIntent(ctx, paymentId);
  if (intent !== undefined) await settleIntent(ctx, intent);
}

/** Settles the payment by what its intent says now; `subject` is the payment and the number of the attempt. */
export async function resumeConfirmation(ctx: Ctx, subject: string): Promise<void> {
  const [paymentId = ''] = subject.split(':');
  const payment = await ctx.db
    .selectFrom('payments')
    .select('stripe_payment_id')
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  const confirmed = await lookUpCall(ctx, `confirm:${subject}`, {
    find: async () => {
      const intent = await ctx.stripe.paymentIntents.retrieve(payment.stripe_payment_id!);
      return isUnpaid(intent) ? undefined : intent;
    },
  });
  if (confirmed !== undefined) await settleIntent(ctx, confirmed);
}
