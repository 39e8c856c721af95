import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { post } from '../../ledger/ledger.ts';
import { type Sender, StripeCallFailed, sendCall } from '../../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../../vendors/stripe.ts';
import { lockPaymentWithAccount } from '../lock.ts';
import { enqueueRefund } from '../refunds/attempt.ts';

/**
 * Outbox task: takes money back from a connected account. Stripe refuses while it has not settled there; then it is
 * tried again by the sweep, and until it succeeds the contractor cannot withdraw that much. Either way the refund that
 * it was for goes out now: the customer does not wait for a settlement.
 */
export async function sendReversal(ctx: Ctx, { reversalId }: { reversalId: string }): Promise<void> {
  const reversal = await ctx.db
    .selectFrom('reversals')
    .selectAll()
    .where('id', '=', reversalId)
    .executeTakeFirstOrThrow();
  if (reversal.succeeded_at === null && reversal.given_up_at === null) {
    try {
      const made = await sendCall(ctx, `reversal:${reversalId}`, reversalSender(ctx));
      await markReversed(ctx, reversalId, made);
    } catch (error) {
      if (!(error instanceof StripeCallFailed) || error.failure.kind === 'unknown') throw error;
      await markRefused(ctx, reversalId, error.failure.code);
    }
  }
  await sendRefundsOf(ctx, reversal.payment_id);
}

function markReversed(ctx: Ctx, reversalId: string, made: Stripe.TransferReversal): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const { payment_id } = await tx
      .selectFrom('reversals')
      .select('payment_id')
      .where('id', '=', reversalId)
      .executeTakeFirstOrThrow();
    const payment = await lockPaymentWithAccount(tx, payment_id);
    const now = ctx.clock.now();
    const reversal = await tx
      .updateTable('reversals')
      .set({ stripe_reversal_id: made.id, succeeded_at: now, failure_code: null })
      .where('id', '=', reversalId)
      .where('succeeded_at', 'is', null)
      .where('given_up_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (reversal === undefined) return;
    const { amount_minor: amountMinor } = reversal;
    const paymentId = payment.id;
    await post(tx, now, {
      cause: `reversal:${reversalId}`,
      paymentId,
      currency: reversal.currency,
      lines: [
        { account: 'platform_stripe', paymentId, debitMinor: amountMinor },
        {
          account: 'connected_stripe',
          userId: payment.contractor_id,
          paymentId,
          creditMinor: amountMinor,
        },
      ],
    });
  });
}

async function markRefused(ctx: Ctx, reversalId: string, code: string): Promise<void> {
  await ctx.db
    .updateTable('reversals')
    .set({ failure_code: code, read_at: ctx.clock.now() })
    .where('id', '=', reversalId)
    .execute();
  ctx.log.warn({ reversalId, code }, 'money could not be taken back yet');
}

const sendRefundsOf = (ctx: Ctx, paymentId: string): Promise<void> =>
  inTransaction(ctx.db, async (tx) => {
    const waiting = await tx
      .selectFrom('refunds')
      .select('id')
      .where('payment_id', '=', paymentId)
      .where('status', '=', 'requested')
      .execute();
    for (const { id } of waiting) await enqueueRefund(tx, id);
  });

const reversalSender = (ctx: Ctx): Sender<Stripe.TransferReversal> => ({
  send: ({ transfer, ...params }, options) =>
    ctx.stripe.transfers.createReversal(transfer as string, params, options),
  retrieve: async (id) => ({ id }) as Stripe.TransferReversal,
  find: async (params) => {
    const reversalId = (params.metadata as { reversal_id: string }).reversal_id;
    for await (const made of ctx.stripe.transfers.listReversals(params.transfer as string, { limit: 100 }))
      if (made.metadata?.reversal_id === reversalId) return made;
    return undefined;
  },
});
