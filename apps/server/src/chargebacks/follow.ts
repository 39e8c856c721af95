import { lockBookingWithJob } from '../bookings/bookings.ts';
import { settleIntentById } from '../checkout/checkout.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { notifyAdmins, tellSides } from '../notifications/notifications.ts';
import { freezePayment, lockPaymentWithAccount } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { close } from './close.ts';
import { bookMoney } from './money.ts';
import { takeFromContractor } from './take.ts';

/**
 * Reads a dispute from Stripe and brings everything of ours in line with it: the payment is frozen while it is open, the
 * money that the bank takes and gives back is booked, a contractor who has been paid is charged until it is decided,
 * and the decision is carried out. Any order and any number of calls end in the same state. Disputes about charges that
 * are not ours are ignored. Errors: whatever the call to Stripe throws; the caller repeats.
 */
export async function followDispute(ctx: Ctx, stripeDisputeId: string): Promise<void> {
  const dispute = await ctx.stripe.disputes.retrieve(stripeDisputeId);
  const payment = await paymentOf(ctx, dispute);
  if (payment === undefined) return;
  await inTransaction(ctx.db, async (tx) => {
    const booking = await lockBookingWithJob(tx, payment.booking_id);
    const locked = await lockPaymentWithAccount(tx, payment.id);
    const chargeback = await findOrOpen(ctx, tx, locked, dispute);
    const bookedMinor = await bookMoney(ctx, tx, chargeback, dispute);
    const current = await write(ctx, tx, chargeback, dispute);
    // Decided before: money that moves once more (an appeal) waits for an admin, who says whose it is.
    if (current.outcome !== null) return countReturned(ctx, tx, current, bookedMinor);
    const charged = await takeFromContractor(ctx, tx, current, locked, dispute);
    await close(ctx, tx, { chargeback: charged, payment: locked.id, booking: booking! }, dispute);
  });
}

/** Outbox task: the same for one that is known, when something of ours has changed. */
export async function followChargeback(ctx: Ctx, { chargebackId }: { chargebackId: string }): Promise<void> {
  const { stripe_dispute_id } = await ctx.db
    .selectFrom('chargebacks')
    .select('stripe_dispute_id')
    .where('id', '=', chargebackId)
    .executeTakeFirstOrThrow();
  await followDispute(ctx, stripe_dispute_id);
}

/** Our payment of what a bank questions. That may be heard of before the payment itself: then it is settled first. */
export async function paymentOf(
  ctx: Ctx,
  questioned: Pick<Stripe.Dispute, 'payment_intent'>,
): Promise<PaymentRow | undefined> {
  const intentId = idOf(questioned.payment_intent);
  if (intentId === undefined) return undefined;
  const find = () =>
    ctx.db.selectFrom('payments').selectAll().where('stripe_payment_id', '=', intentId).executeTakeFirst();
  const payment = await find();
  if (payment?.status !== 'pending') return payment;
  await settleIntentById(ctx, intentId);
  return find();
}

const idOf = (value: string | { id: string } | null): string | undefined =>
  typeof value === 'string' ? value : value?.id;

async function findOrOpen(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  dispute: Stripe.Dispute,
): Promise<ChargebackRow> {
  const known = await tx
    .selectFrom('chargebacks')
    .selectAll()
    .where('stripe_dispute_id', '=', dispute.id)
    .forUpdate()
    .executeTakeFirst();
  if (known !== undefined) return known;
  const now = ctx.clock.now();
  const opened = await tx
    .insertInto('chargebacks')
    .values({
      id: newId('cbk'),
      payment_id: payment.id,
      stripe_dispute_id: dispute.id,
      amount_minor: dispute.amount,
      currency: payment.currency,
      reason: dispute.reason,
      stripe_status: dispute.status,
      evidence_due_at: dueAt(dispute),
      opened_at: now,
      read_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await freezePayment(ctx, tx, payment.id, {
    cause: 'chargeback',
    subject: opened.id,
    reason: `The customer's bank says: ${dispute.reason.replaceAll('_', ' ')}.`,
  });
  await tellOfOpening(ctx, tx, payment, opened);
  ctx.log.error({ chargebackId: opened.id, paymentId: payment.id }, 'a bank has questioned a payment');
  return opened;
}

async function tellOfOpening(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  chargeback: ChargebackRow,
): Promise<void> {
  const data = factsOf(chargeback);
  await tellSides(ctx, tx, {
    bookingId: payment.booking_id,
    type: 'chargeback.opened',
    to: ['contractor'],
    about: chargeback.id,
    data,
  });
  const due = chargeback.evidence_due_at;
  await notifyAdmins(ctx, tx, {
    type: 'admin.chargeback',
    about: chargeback.id,
    data: { ...data, ...(due === null ? {} : { deadline: due.toISOString() }) },
  });
}

const factsOf = (chargeback: ChargebackRow) => ({
  chargebackId: chargeback.id,
  paymentId: chargeback.payment_id,
  amountMinor: chargeback.amount_minor,
  currency: chargeback.currency,
});

async function countReturned(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  returnedMinor: number,
): Promise<void> {
  if (returnedMinor === 0) return;
  const totalMinor = chargeback.returned_minor + returnedMinor;
  await tx
    .updateTable('chargebacks')
    .set({ returned_minor: totalMinor })
    .where('id', '=', chargeback.id)
    .execute();
  if (returnedMinor > 0)
    await notifyAdmins(ctx, tx, {
      type: 'admin.chargeback_returned',
      about: `${chargeback.id} ${totalMinor}`,
      data: { ...factsOf(chargeback), amountMinor: returnedMinor },
    });
}

function write(ctx: Ctx, tx: Tx, chargeback: ChargebackRow, dispute: Stripe.Dispute): Promise<ChargebackRow> {
  const now = ctx.clock.now();
  return tx
    .updateTable('chargebacks')
    .set({
      amount_minor: dispute.amount,
      reason: dispute.reason,
      stripe_status: dispute.status,
      evidence_due_at: dueAt(dispute),
      read_at: now,
      updated_at: now,
    })
    .where('id', '=', chargeback.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

const dueAt = ({ evidence_details: details }: Stripe.Dispute): Date | null =>
  details.due_by === null ? null : new Date(details.due_by * 1000);
