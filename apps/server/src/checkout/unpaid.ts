import type { Stripe } from '../vendors/stripe.ts';

/** Whether the intent still waits to be confirmed: nothing was taken, and nothing is under way. */
export const isUnpaid = (intent: Stripe.PaymentIntent): boolean =>
  intent.status === 'requires_payment_method' || intent.status === 'requires_confirmation';
