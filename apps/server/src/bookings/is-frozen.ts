import type { Tx } from '../db/connect.ts';
import { lockPaymentOfBooking, openFreezes } from '../payments/payments.ts';

/** Whether a dispute or a bank keeps the booking's payment where it is; locks the payment, so that it stays so. */
export async function isFrozen(tx: Tx, bookingId: string): Promise<boolean> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  return payment !== undefined && (await openFreezes(tx, [payment.id])).length > 0;
}
