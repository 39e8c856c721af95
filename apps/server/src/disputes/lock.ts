import { lockBookingWithJob } from '../bookings/bookings.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import type { DisputeRow, Side } from '../db/tables/disputes.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { lockPayment } from '../payments/payments.ts';

/** A dispute with everything that ends with it, locked. */
export type Case = { dispute: DisputeRow; booking: BookingRow; payment: PaymentRow };

export const findDispute = (db: Db | Tx, id: string): Promise<DisputeRow | undefined> =>
  db.selectFrom('disputes').selectAll().where('id', '=', id).executeTakeFirst();

/** The side of the actor. Other people's disputes, and none, are not_found. */
export function requireSide(
  dispute: DisputeRow | undefined,
  actor: Actor,
): { dispute: DisputeRow; side: Side } {
  if (dispute?.customer_id === actor.userId) return { dispute, side: 'customer' };
  if (dispute?.contractor_id === actor.userId) return { dispute, side: 'contractor' };
  throw notFound('dispute');
}

/** The dispute alone, locked, for what changes nothing else. */
export const lockDispute = (tx: Tx, id: string): Promise<DisputeRow> =>
  tx.selectFrom('disputes').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();

/** In the order in which everybody locks: job, booking, payment, dispute. The dispute must exist. */
export async function lockCase(tx: Tx, dispute: DisputeRow): Promise<Case> {
  const booking = await lockBookingWithJob(tx, dispute.booking_id);
  const payment = await lockPayment(tx, dispute.payment_id);
  return { booking: booking!, payment, dispute: await lockDispute(tx, dispute.id) };
}

export const isOpen = ({ state }: DisputeRow): boolean => state === 'open' || state === 'answered';

/** Errors: conflict once it is decided or withdrawn. */
export function requireOpen(dispute: DisputeRow): void {
  if (!isOpen(dispute)) throw conflict(`This dispute is ${dispute.state} already.`);
}
