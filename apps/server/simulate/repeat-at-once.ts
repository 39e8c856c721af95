import type { StripeClient } from '../src/vendors/stripe.ts';

/** The SDK waits half a second before it repeats a call that broke: nothing is learnt from waiting for it. */
export function repeatAtOnce(stripe: StripeClient): void {
  Object.assign(stripe, { getInitialNetworkRetryDelay: () => 0 });
}
