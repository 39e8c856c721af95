import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { wasSent } from '../stripe-calls/stripe-calls.ts';
import { commissionOf } from './commission.ts';

/** By how much the shares of platform and contractor become smaller, minor units. */
export type Shares = { commissionMinor: number; contractorMinor: number };

/**
 * Whose share it is when this much of a payment goes back to the customer: the commission becomes that of the rest, at
 * the rate frozen with the payment.
 */
export function sharesOf(payment: PaymentRow, amountMinor: number): Shares {
  const restMinor = payment.amount_minor - payment.refunded_minor - amountMinor;
  const commissionMinor =
    payment.commission_minor - commissionOf(restMinor, payment.commission_basis_points, payment.currency);
  return { commissionMinor, contractorMinor: amountMinor - commissionMinor };
}

/**
 * Counts a part of a payment as given back to the customer, whoever moves the money; answers the payment afterwards and
 * the shares. The caller holds the payment's lock and books what follows in the ledger.
 */
export async function countReturned(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  amountMinor: number,
): Promise<Shares & { payment: PaymentRow }> {
  const shares = sharesOf(payment, amountMinor);
  // Nothing is left for the contractor: a release that waits and was never sent must not wait for ever.
  const isAll = payment.refunded_minor + amountMinor === payment.amount_minor;
  const dropsRelease = isAll && payment.status === 'held' && !(await wasSent(tx, `release:${payment.id}`));
  const updated = await tx
    .updateTable('payments')
    .set({
      ...(dropsRelease ? { release_requested_at: null, release_waits_for: null, set_off_minor: null } : {}),
      refunded_minor: payment.refunded_minor + amountMinor,
      commission_minor: payment.commission_minor - shares.commissionMinor,
      updated_at: ctx.clock.now(),
    })
    .where('id', '=', payment.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { payment: updated, ...shares };
}

/**
 * A payment is `refunded` exactly while all of it has gone back. When a bank sends a refund back to us later, the money
 * is with us again, and the payment is held. The caller holds the payment's lock.
 */
export async function restateReturned(ctx: Ctx, tx: Tx, paymentId: string): Promise<void> {
  const payment = await tx
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  if (payment.status === 'pending' || payment.status === 'failed') return;
  const underWay = await tx
    .selectFrom('refunds')
    .select('id')
    .where('payment_id', '=', paymentId)
    .where('status', 'in', ['requested', 'pending', 'failed'])
    .executeTakeFirst();
  const isReturned = payment.refunded_minor === payment.amount_minor && underWay === undefined;
  if (isReturned === (payment.status === 'refunded')) return;
  const now = ctx.clock.now();
  await tx
    .updateTable('payments')
    .set({
      status: isReturned ? 'refunded' : 'held',
      refunded_at: isReturned ? now : null,
      withdrawn_at: null,
      // Also of money that had been released before it went back: nothing of it is to be released again.
      ...(isReturned ? {} : { release_requested_at: null }),
      release_waits_for: null,
      updated_at: now,
    })
    .where('id', '=', paymentId)
    .execute();
}
