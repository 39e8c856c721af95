import { refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Sender, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { applyPayout } from './apply-payout.ts';
import { failPayout } from './fail.ts';
import { lockPayout } from './lock.ts';

/**
 * Outbox task: makes the promised payout at the connected account. If Stripe refuses, the money goes back to the
 * contractor's balance and the payout says why; if nobody knows, the task is repeated under the same key.
 */
export async function sendPayout(ctx: Ctx, { payoutId }: { payoutId: string }): Promise<void> {
  const payout = await ctx.db
    .selectFrom('payouts')
    .selectAll()
    .where('id', '=', payoutId)
    .executeTakeFirstOrThrow();
  if (payout.status !== 'pending' || payout.stripe_payout_id !== null) return;
  try {
    await applyPayout(ctx, payoutId, await sendCall(ctx, `payout:${payoutId}`, payoutSender(ctx)));
  } catch (error) {
    if (!(error instanceof StripeCallFailed) || error.failure.kind === 'unknown') throw error;
    const { code, message } = error.failure;
    await inTransaction(ctx.db, async (tx) =>
      failPayout(ctx, tx, await lockPayout(tx, payoutId), { code, message }),
    );
    // Most often the account was restricted or closed in between: then the contractor should see that.
    await refreshAccount(ctx, payout.paid_from);
  }
}

const payoutSender = (ctx: Ctx): Sender<Stripe.Payout> => ({
  send: (params, options) =>
    ctx.stripe.payouts.create(params as unknown as Stripe.PayoutCreateParams, options),
  retrieve: (id, stripeAccount) => ctx.stripe.payouts.retrieve(id, {}, { stripeAccount: stripeAccount! }),
  find: async (params, stripeAccount) => {
    const payoutId = (params.metadata as { payout_id: string }).payout_id;
    for await (const made of ctx.stripe.payouts.list({ limit: 100 }, { stripeAccount: stripeAccount! }))
      if (made.metadata?.payout_id === payoutId) return made;
    return undefined;
  },
});
