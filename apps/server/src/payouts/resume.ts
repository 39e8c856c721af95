import type { Ctx } from '../context.ts';
import { lookUpCall } from '../stripe-calls/stripe-calls.ts';
import { applyPayout } from './apply-payout.ts';
import { payoutSender, sendPayout } from './send.ts';

/**
 * What becomes of a payout whose sending had no answer: it is sent again under the same key, or, if a webhook has told
 * of it meanwhile, taken from Stripe.
 */
export async function resumePayout(ctx: Ctx, payoutId: string): Promise<void> {
  await sendPayout(ctx, { payoutId });
  const found = await lookUpCall(ctx, `payout:${payoutId}`, payoutSender(ctx));
  if (found !== undefined) await applyPayout(ctx, payoutId, found);
}
