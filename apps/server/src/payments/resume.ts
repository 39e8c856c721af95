import type { Ctx } from '../context.ts';
import { lookUpCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { customerSender, keepCustomer } from './customer.ts';
import { intentSender } from './intent.ts';
import { applyRefund } from './refunds/apply.ts';
import { refundSender, sendRefund } from './refunds/send.ts';
import { release, transferSender } from './release.ts';
import { markReleased } from './released.ts';
import { markReversed, reversalSender, sendReversal } from './reversals/send.ts';

/*
 * What becomes of calls whose outcome nobody knows, see stripe-calls/unknown.ts. Refunds, reversals and releases are
 * promises and are made if they were not. Customers and intents were wanted by a request that is over: they are looked up only.
 */

/** Goes on with an attempt at a refund, and takes it from Stripe if a webhook told of it before its own answer came. */
export async function resumeRefund(ctx: Ctx, attempt: string): Promise<void> {
  const [refundId = ''] = attempt.split(':');
  await sendRefund(ctx, { refundId });
  const found = await lookUpCall(ctx, `refund:${attempt}`, refundSender(ctx));
  if (found !== undefined) await applyRefund(ctx, refundId, found);
}

/** Goes on with taking money back. */
export async function resumeReversal(ctx: Ctx, reversalId: string): Promise<void> {
  await sendReversal(ctx, { reversalId });
  const found = await lookUpCall(ctx, `reversal:${reversalId}`, reversalSender(ctx));
  if (found !== undefined) await markReversed(ctx, reversalId, found);
}

/** Goes on with the release, also if the contractor's account cannot take transfers any more: one may have arrived. */
export async function resumeRelease(ctx: Ctx, paymentId: string): Promise<void> {
  await release(ctx, { paymentId });
  const found = await lookUpCall(ctx, `release:${paymentId}`, transferSender(ctx));
  if (found !== undefined) await markReleased(ctx, paymentId, found);
}

/** Keeps the customer if Stripe has made it. */
export async function resumeCustomer(ctx: Ctx, subject: string): Promise<void> {
  const [userId = '', number = '1'] = subject.split(':');
  const found = await lookUpCall(ctx, `customer:${subject}`, customerSender(ctx));
  if (found !== undefined) await keepCustomer(ctx, { userId, number: Number(number) }, found.id);
}

/** The payment's intent if Stripe has made it; what it says of the payment is for the caller to settle. */
export function findLostIntent(ctx: Ctx, paymentId: string): Promise<Stripe.PaymentIntent | undefined> {
  return lookUpCall(ctx, `intent:${paymentId}`, intentSender(ctx));
}
