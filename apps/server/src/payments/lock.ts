import { lockAccount } from '../connect/connect.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';

/** The payment, locked until the transaction ends. Every change of a payment goes through one of these. */
export function lockPayment(tx: Tx, paymentId: string): Promise<PaymentRow> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** The same with its contractor's account locked before it: for what changes what they have or owe. */
export async function lockPaymentWithAccount(tx: Tx, paymentId: string): Promise<PaymentRow> {
  const { contractor_id } = await tx
    .selectFrom('payments')
    .select('contractor_id')
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow();
  await lockAccount(tx, contractor_id);
  return lockPayment(tx, paymentId);
}

/** The one payment of the booking that has not failed, locked; undefined if there is none. */
export function lockPaymentOfBooking(tx: Tx, bookingId: string): Promise<PaymentRow | undefined> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('booking_id', '=', bookingId)
    .where('status', '<>', 'failed')
    .forUpdate()
    .executeTakeFirst();
}

/** What has not gone back of the booking's payment, minor units; the payment is locked. 0 if there is none. */
export async function unreturnedMinor(tx: Tx, bookingId: string): Promise<number> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  return payment === undefined ? 0 : payment.amount_minor - payment.refunded_minor;
}
