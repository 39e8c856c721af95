import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { lockPayment } from './lock.ts';

/** Outbox task after a capture: the fee is often there at once; if not, charge.updated or the sweep brings it. */
export async function recordFeeOfPayment(ctx: Ctx, { paymentId }: { paymentId: string }): Promise<void> {
  const payment = await ctx.db
    .selectFrom('payments')
    .select('stripe_charge_id')
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  if (payment.stripe_charge_id !== null) await recordFee(ctx, payment.stripe_charge_id);
}

/**
 * Books Stripe's fee of a charge once it is known: with asynchronous capture it comes a moment after the money.
 * Does nothing for charges that are not ours or whose fee is booked already.
 */
export async function recordFee(ctx: Ctx, stripeChargeId: string): Promise<void> {
  const known = await ctx.db
    .selectFrom('payments')
    .select(['id', 'stripe_fee_minor'])
    .where('stripe_charge_id', '=', stripeChargeId)
    .executeTakeFirst();
  if (known === undefined || known.stripe_fee_minor !== null) return;
  const charge = await ctx.stripe.charges.retrieve(stripeChargeId, { expand: ['balance_transaction'] });
  const settled = charge.balance_transaction;
  if (settled === null || typeof settled === 'string') return;
  await inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, known.id);
    if (payment.stripe_fee_minor !== null) return;
    if (settled.currency !== payment.currency)
      throw new Error(
        `${stripeChargeId} settled in ${settled.currency}: the platform needs a ${payment.currency} balance at Stripe`,
      );
    await tx
      .updateTable('payments')
      .set({ stripe_fee_minor: settled.fee })
      .where('id', '=', payment.id)
      .execute();
    await post(tx, ctx.clock.now(), {
      cause: `fee:${payment.id}`,
      paymentId: payment.id,
      currency: payment.currency,
      lines: [
        { account: 'stripe_fees', paymentId: payment.id, debitMinor: settled.fee },
        { account: 'platform_stripe', paymentId: payment.id, creditMinor: settled.fee },
      ],
    });
  });
}
