import type { Payment } from '@holdfast/contract';
import { lockPayableBooking } from '../bookings/bookings.ts';
import { asProviderError } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import {
  ensureCustomer,
  ensureIntent,
  findPayment,
  isCustomerGone,
  openPayment,
  presentPayment,
} from '../payments/payments.ts';

export type IntentForCustomer = { payment: Payment; clientSecret: string; publishableKey: string };

/**
 * The payment of a confirmed booking with its intent at Stripe. Asking again, or twice at once, answers the same one.
 * Should Stripe not have the customer any more, that payment has failed and another one begins with another customer.
 * Errors: not_found, conflict (not payable now), payment_provider_failed (nothing is lost: ask again).
 */
export async function createIntent(ctx: Ctx, actor: Actor, bookingId: string): Promise<IntentForCustomer> {
  const open = () => openWithIntent(ctx, actor, bookingId);
  try {
    return await open().catch((error) => {
      if (!isCustomerGone(error)) throw error;
      return open();
    });
  } catch (error) {
    throw asProviderError(error);
  }
}

async function openWithIntent(ctx: Ctx, actor: Actor, bookingId: string): Promise<IntentForCustomer> {
  // Outside the transaction: no row may stay locked while Stripe is asked. A booking that is not payable costs
  // at most a customer object, which the next payment uses.
  await inTransaction(ctx.db, (tx) => lockPayableBooking(ctx, tx, actor.userId, bookingId));
  await ensureCustomer(ctx, actor.userId);
  const payment = await inTransaction(ctx.db, async (tx) => {
    const terms = await lockPayableBooking(ctx, tx, actor.userId, bookingId);
    return openPayment(ctx, tx, terms);
  });
  // Stripe lost the customer in between, and somebody else has found out.
  if (payment === undefined) return openWithIntent(ctx, actor, bookingId);
  if (payment.status !== 'pending') throw conflict('This booking is paid already.');
  const intent = await ensureIntent(ctx, payment.id);
  return {
    payment: await presentPayment(ctx, await findPayment(ctx, actor.userId, payment.id)),
    clientSecret: intent.client_secret ?? '',
    publishableKey: ctx.config.stripe.publishableKey,
  };
}
