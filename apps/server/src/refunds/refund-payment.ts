import type { Approval, Payment } from '@holdfast/contract';
import { type ApprovedAction, recordAdminAction, requireApproval } from '../admin/admin.ts';
import { lockBookingWithJob, resolveBooking } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import {
  approvalAboveMinor,
  giveUpRelease,
  lockPaymentWithAccount,
  refundableMinor,
  refundReleased,
  requestRefund,
  requireUnfrozen,
} from '../payments/payments.ts';
import { readPayment } from './freeze.ts';

type Wish = { amountMinor: number | undefined; reason: string; requestKey: string };

/**
 * An admin gives a customer money back. A large sum only asks another admin for it. Errors: not_found, conflict (nothing
 * to refund, frozen, on its way), validation_failed (more than is left).
 */
export async function refundPayment(
  ctx: Ctx,
  actor: Actor,
  paymentId: string,
  wish: Wish,
): Promise<{ payment: Payment; approval: Approval | null }> {
  const approval = await inTransaction(ctx.db, async (tx) => {
    const paid = await lockPaid(tx, paymentId);
    if (await isDone(tx, actor, wish.requestKey)) return null;
    const { payment } = paid;
    const amountMinor = refundableMinor(payment, wish.amountMinor);
    if (await needsTwo(ctx, tx, payment, amountMinor)) {
      await requireUnfrozen(tx, paymentId);
      const details = { amountMinor, currency: payment.currency, reason: wish.reason };
      return requireApproval(ctx, tx, actor, { action: 'payment.refund', subject: paymentId, details });
    }
    await giveBack(ctx, tx, paid, {
      amountMinor,
      reason: wish.reason,
      adminId: actor.userId,
      requestKey: wish.requestKey,
    });
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'payment.refund',
      subject: paymentId,
      details: { amountMinor, currency: payment.currency, reason: wish.reason },
    });
    return null;
  });
  return { payment: await readPayment(ctx, paymentId), approval };
}

/** What happens when the second admin says yes: the same, for the sum that was asked for. */
export const refundApproved: ApprovedAction = async (ctx, tx, approved) => {
  const paid = await lockPaid(tx, approved.subject);
  const amountMinor = approved.details.amountMinor as number;
  // The sum is not in what this admin sends, so it is no field of theirs that is wrong.
  if (amountMinor > paid.payment.amount_minor - paid.payment.refunded_minor)
    throw conflict('Less is left of this payment now than was to be refunded.');
  await giveBack(ctx, tx, paid, {
    amountMinor,
    reason: approved.details.reason as string,
    adminId: approved.requestedBy,
  });
};

/** Whether this very request was carried out before, and only its answer was lost. */
async function isDone(tx: Tx, actor: Actor, requestKey: string): Promise<boolean> {
  const earlier = await tx
    .selectFrom('refunds')
    .select('id')
    .where('admin_id', '=', actor.userId)
    .where('request_key', '=', requestKey)
    .executeTakeFirst();
  return earlier !== undefined;
}

/** Together with what admins have refunded of it before: a large sum in small parts is a large sum. */
async function needsTwo(ctx: Ctx, tx: Tx, payment: PaymentRow, amountMinor: number): Promise<boolean> {
  const earlier = await tx
    .selectFrom('refunds')
    .select('amount_minor')
    .where('payment_id', '=', payment.id)
    .where('cause', '=', 'admin')
    .execute();
  const togetherMinor = earlier.reduce((sum, refund) => sum + refund.amount_minor, amountMinor);
  return togetherMinor > approvalAboveMinor(ctx, payment.currency);
}

type Paid = { payment: PaymentRow; booking: BookingRow };

/**
 * The payment with its booking, all locked: whether a sum is all that is left, which ends the booking, must not change
 * until it is refunded. Errors: not_found, conflict.
 */
async function lockPaid(tx: Tx, paymentId: string): Promise<Paid> {
  const known = await tx
    .selectFrom('payments')
    .select('booking_id')
    .where('id', '=', paymentId)
    .executeTakeFirst();
  if (known === undefined) throw notFound('payment');
  const booking = (await lockBookingWithJob(tx, known.booking_id))!;
  const payment = await lockPaymentWithAccount(tx, paymentId);
  if (payment.status === 'pending' || payment.status === 'failed')
    throw conflict(`This payment is ${payment.status}: no money of it is here.`);
  return { payment, booking };
}

type Gift = { amountMinor: number; reason: string; adminId: string; requestKey?: string };

async function giveBack(ctx: Ctx, tx: Tx, { payment, booking }: Paid, gift: Gift): Promise<void> {
  const { amountMinor, reason, ...by } = gift;
  const request = { amountMinor, cause: 'admin' as const, note: reason, ...by };
  if (payment.status === 'released' || payment.status === 'withdrawn') {
    await refundReleased(ctx, tx, payment.id, request);
    return;
  }
  const isAll = amountMinor === payment.amount_minor - payment.refunded_minor;
  const isLive = booking.state === 'active' || booking.state === 'delivered';
  if (isAll && isLive)
    await resolveBooking(ctx, tx, booking, { refundMinor: amountMinor, cause: 'admin', reason, ...by });
  else if (isAll && payment.release_requested_at !== null) {
    const isGivenUp = await giveUpRelease(ctx, tx, payment.id, request);
    if (!isGivenUp) throw conflict('This payment is being released.');
  } else await requestRefund(ctx, tx, payment.booking_id, request);
}
