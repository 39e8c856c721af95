import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { PaymentRow } from '../../db/tables/payments.ts';
import type { RefundCause, RefundRow } from '../../db/tables/refunds.ts';
import { conflict } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { type LedgerLine, post } from '../../ledger/ledger.ts';
import { requireUnfrozen } from '../freezes.ts';
import { lockPaymentOfBooking } from '../lock.ts';
import { countReturned } from '../returned.ts';
import { refundableMinor } from './amount.ts';
import { beginAttempt } from './attempt.ts';

export type RefundRequest = {
  /** Minor units; all that has not been refunded yet if left out. */
  amountMinor?: number | undefined;
  cause: RefundCause;
  adminId?: string;
  note?: string;
  /** The admin's idempotency key: one request makes one refund, also after a crash. */
  requestKey?: string;
};

/**
 * Gives held money of this booking back, in part or in full; the rest stays held. The refund is made by the outbox.
 * Errors: conflict if the money is not held, is frozen, or its release or refund was asked for before;
 * validation_failed for an amount that cannot be refunded.
 */
export async function requestRefund(
  ctx: Ctx,
  tx: Tx,
  bookingId: string,
  request: RefundRequest,
): Promise<RefundRow> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  if (payment === undefined || payment.status !== 'held')
    throw conflict('The money for this booking is not held, so it cannot be refunded.');
  if (payment.release_requested_at !== null) throw conflict('This payment is being released.');
  return refundHeld(ctx, tx, payment, request);
}

/** The same for a payment that the caller holds the lock of, whether or not a release waits. */
export async function refundHeld(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  request: RefundRequest,
): Promise<RefundRow> {
  await requireUnfrozen(tx, payment.id);
  const amountMinor = refundableMinor(payment, request.amountMinor);
  await countReturned(ctx, tx, payment, amountMinor);
  const refund = await oweRefund(ctx, tx, payment, { ...request, amountMinor }, [
    { account: 'escrow', paymentId: payment.id, debitMinor: amountMinor },
  ]);
  await beginAttempt(ctx, tx, payment, refund);
  return refund;
}

/** Writes down that the customer is owed this, and out of whose share it comes. */
export async function oweRefund(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  request: RefundRequest & { amountMinor: number },
  from: LedgerLine[],
): Promise<RefundRow> {
  const now = ctx.clock.now();
  const refund = await tx
    .insertInto('refunds')
    .values({
      id: newId('rfd'),
      payment_id: payment.id,
      amount_minor: request.amountMinor,
      currency: payment.currency,
      cause: request.cause,
      status: 'requested',
      admin_id: request.adminId ?? null,
      note: request.note ?? null,
      request_key: request.requestKey ?? null,
      requested_at: now,
      read_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('payments')
    .set((set) => ({ refund_requested_at: set.fn.coalesce('refund_requested_at', set.val(now)) }))
    .where('id', '=', payment.id)
    .execute();
  await post(tx, now, {
    cause: `refund-owed:${refund.id}`,
    paymentId: payment.id,
    currency: payment.currency,
    lines: [...from, { account: 'refund_payable', paymentId: payment.id, creditMinor: request.amountMinor }],
  });
  return refund;
}
