import type { Category, Currency } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { conflict, notFound } from '../errors.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { lockBooking } from './lock.ts';

export type PaymentTerms = {
  bookingId: string;
  jobId: string;
  customerId: string;
  contractorId: string;
  amountMinor: number;
  currency: Currency;
  category: Category;
};

/**
 * Locks the booking and says what is to be paid, if this customer may pay it now: confirmed, and in time.
 * Errors: not_found for other people's bookings, conflict otherwise.
 */
export async function lockPayableBooking(
  ctx: Ctx,
  tx: Tx,
  customerId: string,
  bookingId: string,
): Promise<PaymentTerms> {
  const booking = await lockBooking(tx, bookingId);
  if (booking === undefined || booking.customer_id !== customerId) throw notFound('booking');
  if (booking.state !== 'confirmed')
    throw conflict(`This booking is ${booking.state}, not waiting for payment.`);
  if (booking.pay_by !== null && booking.pay_by <= ctx.clock.now())
    throw conflict('The time to pay for this booking is over.');
  const job = await tx
    .selectFrom('jobs')
    .select('category')
    .where('id', '=', booking.job_id)
    .executeTakeFirstOrThrow();
  return {
    bookingId,
    jobId: booking.job_id,
    customerId,
    contractorId: booking.contractor_id,
    amountMinor: booking.price_minor,
    currency: booking.currency,
    category: job.category,
  };
}

/**
 * confirmed → active because its money is held; true also when it was active already. False, with nothing
 * changed, when it can no longer be paid (expired, cancelled …). A payment in the last moment counts: what
 * decides is the state, not pay_by.
 */
export async function activateBooking(ctx: Ctx, tx: Tx, bookingId: string): Promise<boolean> {
  const booking = await lockBooking(tx, bookingId);
  if (booking === undefined) return false;
  if (booking.state === 'active') return true;
  if (booking.state !== 'confirmed') return false;
  const now = ctx.clock.now();
  await tx
    .updateTable('bookings')
    .set({ state: 'active', active_at: now, updated_at: now })
    .where('id', '=', bookingId)
    .execute();
  await announce(tx, bookingId, 'payment.held');
  await tellOfPayment(ctx, tx, bookingId);
  return true;
}

async function tellOfPayment(ctx: Ctx, tx: Tx, bookingId: string): Promise<void> {
  const payment = await tx
    .selectFrom('payments')
    .select('id')
    .where('booking_id', '=', bookingId)
    .where('held_at', 'is not', null)
    .executeTakeFirst();
  await tellSides(ctx, tx, {
    bookingId,
    type: 'payment.received',
    to: ['customer', 'contractor'],
    data: payment === undefined ? {} : { paymentId: payment.id },
  });
}

const live = ['requested', 'confirmed', 'active', 'delivered'] as const;

/** Whether this person takes part in a live booking. */
export async function hasLiveBookings(tx: Tx, userId: string): Promise<boolean> {
  const booking = await tx
    .selectFrom('bookings')
    .select('id')
    .where(({ eb, or }) => or([eb('customer_id', '=', userId), eb('contractor_id', '=', userId)]))
    .where('state', 'in', live)
    .limit(1)
    .executeTakeFirst();
  return booking !== undefined;
}
