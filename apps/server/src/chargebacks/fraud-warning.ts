import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { notifyAdmins } from '../notifications/notifications.ts';
import { freezePayment, lockPayment } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { paymentOf } from './follow.ts';

/**
 * A card's bank suspects fraud: the payment is frozen before it becomes a chargeback, until an admin has looked. The
 * event is read again from Stripe, which has no other way to the warning that every account may use.
 */
export async function heedFraudWarning(ctx: Ctx, eventId: string): Promise<void> {
  const event = await ctx.stripe.events.retrieve(eventId);
  const warning = event.data.object as Stripe.Radar.EarlyFraudWarning;
  const payment = await paymentOf(ctx, { payment_intent: warning.payment_intent ?? null });
  if (payment === undefined) return;
  await inTransaction(ctx.db, async (tx) => {
    await lockPayment(tx, payment.id);
    const isNew = await freezePayment(ctx, tx, payment.id, {
      cause: 'fraud_warning',
      subject: warning.id,
      reason: `The customer's bank warns of fraud: ${warning.fraud_type.replaceAll('_', ' ')}.`,
    });
    if (!isNew) return;
    await notifyAdmins(ctx, tx, {
      type: 'admin.fraud_warning',
      about: warning.id,
      data: { paymentId: payment.id, amountMinor: payment.amount_minor, currency: payment.currency },
    });
  });
  ctx.log.error({ paymentId: payment.id }, 'a bank has warned of fraud, the payment is frozen');
}
