import type { Dispute, DisputeInput } from '@holdfast/contract';
import { lockOwnBookingWithJob } from '../bookings/bookings.ts';
import { addMs, dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import type { Side } from '../db/tables/disputes.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { freezePayment, lockPaymentOfBooking } from '../payments/payments.ts';
import { presentDispute } from './present.ts';

// Who withdraws and opens again gets the time of a new dispute each time.
const mostPerSide = 3;

/**
 * Either side disputes a booking whose money is held: the payment is frozen and the other side told, in one transaction.
 * Errors: not_found, conflict (nothing is held, the money moves already, or a dispute is open).
 */
export function openDispute(
  ctx: Ctx,
  actor: Actor,
  bookingId: string,
  input: DisputeInput,
): Promise<Dispute> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockOwnBookingWithJob(tx, actor, bookingId);
    const payment = await lockDisputable(tx, booking);
    const openedBy = actor.userId === booking.customer_id ? 'customer' : 'contractor';
    await requireFirst(tx, booking.id, openedBy);
    const openedAt = ctx.clock.now();
    const dispute = await tx
      .insertInto('disputes')
      .values({
        id: newId('dsp'),
        booking_id: booking.id,
        payment_id: payment.id,
        customer_id: booking.customer_id,
        contractor_id: booking.contractor_id,
        opened_by: openedBy,
        reason: input.reason,
        description: input.description,
        state: 'open',
        ...limitsOf(ctx, payment, openedAt),
        opened_at: openedAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await freezePayment(ctx, tx, payment.id, {
      cause: 'dispute',
      subject: dispute.id,
      reason: `The ${openedBy} says: ${input.reason.replaceAll('_', ' ')}.`,
    });
    await tellSides(ctx, tx, {
      bookingId: booking.id,
      type: 'dispute.opened',
      // Who opened it knows.
      to: [openedBy === 'customer' ? 'contractor' : 'customer'],
      about: dispute.id,
      data: { disputeId: dispute.id, paymentId: payment.id, deadline: dispute.answer_by.toISOString() },
    });
    await announce(tx, booking.id, 'dispute.opened', dispute.id);
    return presentDispute(tx, dispute);
  });
}

async function lockDisputable(tx: Tx, booking: BookingRow): Promise<PaymentRow> {
  if (booking.state !== 'active' && booking.state !== 'delivered')
    throw conflict(`This booking is ${booking.state}: no money is held that could be disputed.`);
  const payment = await lockPaymentOfBooking(tx, booking.id);
  if (payment === undefined || payment.status !== 'held')
    throw conflict('The money for this booking is not held, so it cannot be disputed.');
  if (payment.release_requested_at !== null) throw conflict('This payment is being released.');
  if (payment.refunded_minor === payment.amount_minor) throw conflict('This payment is being refunded.');
  return payment;
}

/** The lock on the booking settles races; the index is there should anything else ever open one. */
async function requireFirst(tx: Tx, bookingId: string, side: Side): Promise<void> {
  const earlier = await tx
    .selectFrom('disputes')
    .select(['state', 'opened_by'])
    .where('booking_id', '=', bookingId)
    .execute();
  if (earlier.some(({ state }) => state === 'open' || state === 'answered'))
    throw conflict('There is an open dispute about this booking already.');
  if (earlier.filter(({ opened_by }) => opened_by === side).length >= mostPerSide)
    throw conflict(`You have opened ${mostPerSide} disputes about this booking and withdrawn them.`);
}

/**
 * Money can be held for so long only, so a dispute about old money is decided sooner; but never before the other side
 * has had its time to answer.
 */
function limitsOf(ctx: Ctx, payment: PaymentRow, openedAt: Date): { answer_by: Date; decide_by: Date } {
  const answerBy = addMs(openedAt, ctx.config.disputeAnswerHours * hourMs);
  const holdEnds = addMs(payment.held_at ?? openedAt, ctx.config.holdLimitDays * dayMs);
  const latest = holdEnds > answerBy ? holdEnds : answerBy;
  const decideBy = addMs(openedAt, ctx.config.disputeDecisionDays * dayMs);
  return { answer_by: answerBy, decide_by: decideBy < latest ? decideBy : latest };
}
