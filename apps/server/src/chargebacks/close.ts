import { endReturnedBooking } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { tellSides } from '../notifications/notifications.ts';
import { liftFreeze, lockPayment } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { giveBack } from './give-back.ts';
import { loseMoney } from './lose.ts';
import { withBankBy } from './money.ts';

type Outcome = NonNullable<ChargebackRow['outcome']>;
type Case = { chargeback: ChargebackRow; payment: string; booking: BookingRow };

/** Carries the bank's decision out, once, if there is one. The caller holds all locks and has booked the money. */
export async function close(ctx: Ctx, tx: Tx, found: Case, dispute: Stripe.Dispute): Promise<void> {
  const { chargeback, booking } = found;
  const payment = await lockPayment(tx, found.payment);
  const withBank = withBankBy(dispute);
  const outcome = outcomeOf(dispute, withBank);
  if (outcome === undefined) return;
  const now = ctx.clock.now();
  await tx
    .updateTable('chargebacks')
    .set({ outcome, closed_at: now, updated_at: now })
    .where('id', '=', chargeback.id)
    .execute();
  if (outcome === 'lost') {
    const isAllReturned = await loseMoney(ctx, tx, chargeback, payment, withBank);
    if (isAllReturned)
      await endReturnedBooking(ctx, tx, booking, "The customer's bank has given the money back to them.");
  } else await giveBack(ctx, tx, chargeback, payment);
  await liftFreeze(ctx, tx, payment.id, { causes: ['chargeback'], subject: chargeback.id });
  await tellSides(ctx, tx, {
    bookingId: payment.booking_id,
    type: 'chargeback.decided',
    to: ['contractor'],
    about: chargeback.id,
    data: { chargebackId: chargeback.id, paymentId: payment.id, amountMinor: chargeback.amount_minor },
  });
}

/**
 * won and lost are the bank's words. An inquiry that ends leaves the money where it was; a dispute that Stripe prevented
 * is lost if the money is gone. Undefined while it goes on, or while the money that belongs to it has not come back.
 */
function outcomeOf({ status }: Stripe.Dispute, withBankMinor: number): Outcome | undefined {
  if (status === 'warning_closed') return 'inquiry_closed';
  if (status === 'won') return withBankMinor > 0 ? undefined : 'won';
  if (status === 'lost') return 'lost';
  if (status === 'prevented') return withBankMinor > 0 ? 'lost' : 'inquiry_closed';
  return undefined;
}
