import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { RefundRow, RefundState } from '../../db/tables/refunds.ts';
import { inTransaction } from '../../db/transaction.ts';
import { post } from '../../ledger/ledger.ts';
import { notifyAdmins, tellSides } from '../../notifications/notifications.ts';
import { announce } from '../../outbox/announce.ts';
import { settleCall } from '../../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../../vendors/stripe.ts';
import { lockPayment } from '../lock.ts';
import { restateReturned } from '../returned.ts';
import { identify, refundCallId } from './attempt.ts';

/** Reads a refund from Stripe and applies it; ignores refunds that are not ours. */
export async function refreshRefund(ctx: Ctx, stripeRefundId: string): Promise<void> {
  const made = await ctx.stripe.refunds.retrieve(stripeRefundId);
  const refundId = identify(made.metadata)?.refundId;
  if (refundId === undefined) return;
  const known = await ctx.db.selectFrom('refunds').select('id').where('id', '=', refundId).executeTakeFirst();
  if (known !== undefined) await applyRefund(ctx, refundId, made);
}

/**
 * Moves a refund to what Stripe, just read, says of its current attempt, and books the money when it leaves and, if the
 * bank sends it back, when it returns. Monotonic but for that: also a refund that has succeeded can fail later.
 */
export function applyRefund(ctx: Ctx, refundId: string, made: Stripe.Refund): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const refund = await lockRefund(tx, refundId);
    const isCurrent = identify(made.metadata)?.attempt === refund.attempt;
    const isOpen =
      refund.status === 'requested' || refund.status === 'pending' || refund.status === 'succeeded';
    if (!isCurrent || !isOpen) return;
    await settleCall(tx, ctx.clock.now(), refundCallId(refund), made.id);
    const hasFailed = made.status === 'failed' || made.status === 'canceled';
    if (hasFailed) await bookReturn(ctx, tx, refund);
    else if (made.balance_transaction !== null) await bookSending(ctx, tx, refund);
    const status: RefundState = hasFailed
      ? 'failed'
      : made.status === 'succeeded' || refund.status === 'succeeded'
        ? 'succeeded'
        : 'pending';
    await write(ctx, tx, refund, made, status);
    await restateReturned(ctx, tx, refund.payment_id);
    if (!hasFailed) return;
    await tellOfFailure(ctx, tx, refund);
    ctx.log.error({ refundId, code: made.failure_reason }, 'a bank sent a refund back');
  });
}

/** Payment before refund, the order in which everybody locks. */
export async function lockRefund(tx: Tx, refundId: string): Promise<RefundRow> {
  const { payment_id } = await tx
    .selectFrom('refunds')
    .select('payment_id')
    .where('id', '=', refundId)
    .executeTakeFirstOrThrow();
  await lockPayment(tx, payment_id);
  return tx
    .selectFrom('refunds')
    .selectAll()
    .where('id', '=', refundId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

async function write(
  ctx: Ctx,
  tx: Tx,
  refund: RefundRow,
  made: Stripe.Refund,
  status: RefundState,
): Promise<void> {
  const now = ctx.clock.now();
  const hasFailed = status === 'failed';
  await tx
    .updateTable('refunds')
    .set({
      status,
      stripe_refund_id: made.id,
      is_sent: !hasFailed && made.balance_transaction !== null,
      failure_code: hasFailed ? (made.failure_reason ?? 'unknown') : null,
      failure_message: hasFailed ? 'The bank sent the refund back. The money is still owed.' : null,
      completed_at: status === 'succeeded' ? (refund.completed_at ?? now) : null,
      updated_at: now,
    })
    .where('id', '=', refund.id)
    .execute();
}

async function bookSending(ctx: Ctx, tx: Tx, refund: RefundRow): Promise<void> {
  if (refund.is_sent) return;
  const { payment_id: paymentId, amount_minor: amountMinor } = refund;
  await post(tx, ctx.clock.now(), {
    cause: `refund-sent:${refund.id}:${refund.attempt}`,
    paymentId,
    currency: refund.currency,
    lines: [
      { account: 'refund_payable', paymentId, debitMinor: amountMinor },
      { account: 'platform_stripe', paymentId, creditMinor: amountMinor },
    ],
  });
  await announceRefund(ctx, tx, refund);
}

async function announceRefund(ctx: Ctx, tx: Tx, refund: RefundRow): Promise<void> {
  const { booking_id } = await lockPayment(tx, refund.payment_id);
  await announce(tx, booking_id, 'payment.refunded', refund.id);
  await tellSides(ctx, tx, {
    bookingId: booking_id,
    type: 'payment.refunded',
    to: ['customer'],
    about: refund.id,
    data: factsOf(refund),
  });
}

const factsOf = (refund: RefundRow) => ({
  refundId: refund.id,
  paymentId: refund.payment_id,
  amountMinor: refund.amount_minor,
  currency: refund.currency,
});

async function bookReturn(ctx: Ctx, tx: Tx, refund: RefundRow): Promise<void> {
  if (!refund.is_sent) return;
  const { payment_id: paymentId, amount_minor: amountMinor } = refund;
  await post(tx, ctx.clock.now(), {
    cause: `refund-returned:${refund.id}:${refund.attempt}`,
    paymentId,
    currency: refund.currency,
    lines: [
      { account: 'platform_stripe', paymentId, debitMinor: amountMinor },
      { account: 'refund_payable', paymentId, creditMinor: amountMinor },
    ],
  });
}

async function tellOfFailure(ctx: Ctx, tx: Tx, refund: RefundRow): Promise<void> {
  const { booking_id } = await lockPayment(tx, refund.payment_id);
  const about = `${refund.id} ${refund.attempt}`;
  const data = factsOf(refund);
  await tellSides(ctx, tx, { bookingId: booking_id, type: 'refund.failed', to: ['customer'], about, data });
  await notifyAdmins(ctx, tx, { type: 'admin.refund_failed', about, data });
}
