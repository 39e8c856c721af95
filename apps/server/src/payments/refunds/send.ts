import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { notifyAdmins } from '../../notifications/notifications.ts';
import { type Sender, StripeCallFailed, sendCall } from '../../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../../vendors/stripe.ts';
import { applyRefund } from './apply.ts';
import { identify, refundCallId } from './attempt.ts';

/**
 * Outbox task: makes the refund that was asked for, or reads again what became of it. One effect, however often. A
 * refund that Stripe refuses is `failed` and waits for an admin; the money is still owed to the customer.
 */
export async function sendRefund(ctx: Ctx, { refundId }: { refundId: string }): Promise<void> {
  const refund = await ctx.db
    .selectFrom('refunds')
    .selectAll()
    .where('id', '=', refundId)
    .executeTakeFirstOrThrow();
  if (refund.status !== 'requested' && refund.status !== 'pending') return;
  try {
    await applyRefund(ctx, refundId, await sendCall(ctx, refundCallId(refund), refundSender(ctx)));
  } catch (error) {
    if (!(error instanceof StripeCallFailed) || error.failure.kind === 'unknown') throw error;
    const { code, message } = error.failure;
    await markRefused(ctx, refundId, refund.attempt, { code, message });
  }
}

async function markRefused(
  ctx: Ctx,
  refundId: string,
  attempt: number,
  failure: { code: string; message: string },
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const refused = await tx
      .updateTable('refunds')
      .set({
        status: 'failed',
        failure_code: failure.code,
        failure_message: failure.message,
        updated_at: ctx.clock.now(),
      })
      .where('id', '=', refundId)
      .where('attempt', '=', attempt)
      .where('status', '=', 'requested')
      .returning(['id', 'payment_id', 'amount_minor', 'currency'])
      .executeTakeFirst();
    if (refused === undefined) return;
    const { payment_id: paymentId, amount_minor: amountMinor, currency } = refused;
    await notifyAdmins(ctx, tx, {
      type: 'admin.refund_failed',
      about: `${refundId} ${attempt}`,
      data: { refundId, paymentId, amountMinor, currency },
    });
  });
  ctx.log.error({ refundId, code: failure.code }, 'a refund was refused, an admin has to look');
}

export const refundSender = (ctx: Ctx): Sender<Stripe.Refund> => ({
  send: (params, options) => ctx.stripe.refunds.create(params as Stripe.RefundCreateParams, options),
  retrieve: (id) => ctx.stripe.refunds.retrieve(id),
  find: async (params) => {
    const wanted = identify(params.metadata as Record<string, string>)!;
    for await (const made of ctx.stripe.refunds.list({
      payment_intent: params.payment_intent as string,
      limit: 100,
    })) {
      const found = identify(made.metadata);
      if (found?.refundId === wanted.refundId && found.attempt === wanted.attempt) return made;
    }
    return undefined;
  },
});
