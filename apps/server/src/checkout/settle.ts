import { activateBooking, lockBooking } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { applyIntent, requestRefund } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * The one place where an intent, just read from Stripe, changes anything: the payment and its booking move in one
 * transaction. The confirm endpoint, webhooks, the cancel task and the re-reading sweep all end here, so their order
 * does not matter. Money for a booking that is over is given back. Intents that are not ours are ignored.
 */
export async function settleIntent(ctx: Ctx, intent: Stripe.PaymentIntent): Promise<void> {
  const paymentId = intent.metadata.payment_id;
  if (paymentId === undefined) return;
  const known = await ctx.db
    .selectFrom('payments')
    .select('booking_id')
    .where('id', '=', paymentId)
    .executeTakeFirst();
  if (known === undefined) return;
  await inTransaction(ctx.db, async (tx) => {
    // Booking before payment, the order in which everybody locks.
    await lockBooking(tx, known.booking_id);
    const outcome = await applyIntent(ctx, tx, paymentId, intent);
    if (outcome !== 'held') return;
    await enqueue(tx, 'payments.record-fee', { paymentId });
    const isBooked = await activateBooking(ctx, tx, known.booking_id);
    if (!isBooked) await requestRefund(ctx, tx, known.booking_id, { cause: 'late_payment' });
  });
}

/** Reads the intent again and settles what it says. Errors: whatever the call to Stripe throws. */
export async function settleIntentById(ctx: Ctx, stripePaymentId: string): Promise<Stripe.PaymentIntent> {
  const intent = await ctx.stripe.paymentIntents.retrieve(stripePaymentId);
  await settleIntent(ctx, intent);
  return intent;
}
