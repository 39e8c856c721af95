import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { type Sender, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { lockPayment } from './lock.ts';

/** Outbox task: makes the refund that was asked for, or reads again what became of it. One effect, however often. */
export async function refund(ctx: Ctx, { paymentId }: { paymentId: string }): Promise<void> {
  const payment = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  if (payment.refund_requested_at === null || payment.status !== 'held') return;
  await applyRefund(ctx, paymentId, await sendCall(ctx, `refund:${paymentId}`, refundSender(ctx)));
}

/** Reads a refund from Stripe and applies it; ignores refunds that are not ours. */
export async function refreshRefund(ctx: Ctx, stripeRefundId: string): Promise<void> {
  const made = await ctx.stripe.refunds.retrieve(stripeRefundId);
  const paymentId = made.metadata?.payment_id;
  if (paymentId === undefined) return;
  const payment = await ctx.db
    .selectFrom('payments')
    .select('id')
    .where('id', '=', paymentId)
    .executeTakeFirst();
  if (payment !== undefined) await applyRefund(ctx, paymentId, made);
}

/** held → refunded once Stripe says that it succeeded. Until then, or if the bank refuses it, the money stays held. */
export function applyRefund(ctx: Ctx, paymentId: string, made: Stripe.Refund): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.status !== 'held') return;
    const now = ctx.clock.now();
    const isDone = made.status === 'succeeded';
    await tx
      .updateTable('payments')
      .set({
        stripe_refund_id: made.id,
        failure_code: made.failure_reason ?? null,
        failure_message: made.failure_reason == null ? null : 'The bank refused the refund.',
        updated_at: now,
        ...(isDone ? { status: 'refunded' as const, refunded_at: now } : {}),
      })
      .where('id', '=', paymentId)
      .execute();
    if (!isDone) return;
    await post(tx, now, {
      cause: `refund:${paymentId}`,
      paymentId,
      currency: payment.currency,
      lines: [
        { account: 'escrow', paymentId, debitMinor: payment.amount_minor },
        { account: 'platform_stripe', paymentId, creditMinor: payment.amount_minor },
      ],
    });
  });
}

export const refundSender = (ctx: Ctx): Sender<Stripe.Refund> => ({
  send: (params, options) => ctx.stripe.refunds.create(params as Stripe.RefundCreateParams, options),
  retrieve: (id) => ctx.stripe.refunds.retrieve(id),
  find: async (params) => {
    for await (const made of ctx.stripe.refunds.list({
      payment_intent: params.payment_intent as string,
      limit: 100,
    }))
      if (made.metadata?.payment_id === (params.metadata as { payment_id: string }).payment_id) return made;
    return undefined;
  },
});
