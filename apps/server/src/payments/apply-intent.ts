import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { post } from '../ledger/ledger.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { lockPayment } from './lock.ts';

/** What reading the intent changed: the money is in now, the payment is over, or neither. */
export type IntentOutcome = 'held' | 'failed' | 'unchanged';

/**
 * Moves a payment to what Stripe says of its intent. Monotonic: only a pending payment moves, so any number of
 * readings in any order end in the same state. The intent must come from Stripe itself, never from an event's body.
 */
export async function applyIntent(
  ctx: Ctx,
  tx: Tx,
  paymentId: string,
  intent: Stripe.PaymentIntent,
): Promise<IntentOutcome> {
  const payment = await lockPayment(tx, paymentId);
  if (payment.status !== 'pending') return 'unchanged';
  if (payment.stripe_payment_id !== null && payment.stripe_payment_id !== intent.id)
    throw new Error(`${intent.id} is not the intent of ${paymentId}`);
  if (intent.status === 'succeeded') {
    await hold(ctx, tx, payment, intent);
    return 'held';
  }
  const now = ctx.clock.now();
  const isOver = intent.status === 'canceled';
  const error = intent.last_payment_error;
  await tx
    .updateTable('payments')
    .set({
      stripe_payment_id: intent.id,
      stripe_status: intent.status,
      failure_code: error === null ? null : (error.decline_code ?? error.code ?? error.type),
      failure_message: error?.message ?? null,
      read_at: now,
      updated_at: now,
      ...(isOver ? { status: 'failed' as const, failed_at: now } : {}),
    })
    .where('id', '=', paymentId)
    .execute();
  return isOver ? 'failed' : 'unchanged';
}

async function hold(ctx: Ctx, tx: Tx, payment: PaymentRow, intent: Stripe.PaymentIntent): Promise<void> {
  if (intent.amount_received !== payment.amount_minor || intent.currency !== payment.currency)
    throw new Error(
      `${intent.id} took ${intent.amount_received} ${intent.currency}, not what ${payment.id} asks for`,
    );
  const now = ctx.clock.now();
  const charge = intent.latest_charge;
  await tx
    .updateTable('payments')
    .set({
      status: 'held',
      stripe_payment_id: intent.id,
      stripe_status: intent.status,
      stripe_charge_id: typeof charge === 'string' ? charge : (charge?.id ?? null),
      failure_code: null,
      failure_message: null,
      held_at: now,
      read_at: now,
      updated_at: now,
    })
    .where('id', '=', payment.id)
    .execute();
  await post(tx, now, {
    cause: `capture:${payment.id}`,
    paymentId: payment.id,
    currency: payment.currency,
    lines: [
      { account: 'platform_stripe', paymentId: payment.id, debitMinor: payment.amount_minor },
      { account: 'escrow', paymentId: payment.id, creditMinor: payment.amount_minor },
    ],
  });
}
