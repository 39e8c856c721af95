import { AppError } from '../errors.ts';
import { StripeCallFailed } from '../stripe-calls/stripe-calls.ts';
import { stripeFailure } from '../vendors/stripe.ts';

/** A failed call to Stripe as the caller of our API sees it; our own errors stay as they are. */
export function asProviderError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const failure = error instanceof StripeCallFailed ? error.failure : stripeFailure(error);
  const message =
    failure.kind === 'unknown'
      ? 'The payment provider did not answer. Nothing is lost; try again.'
      : `The payment provider refused this: ${failure.message}`;
  return new AppError('payment_provider_failed', message, { cause: error });
}
