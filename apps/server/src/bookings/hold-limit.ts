import { sql } from 'kysely';
import { sendNoticeTo } from '../accounts/accounts.ts';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { giveUpRelease, lockPayment, openFreezes } from '../payments/payments.ts';
import { lockBookingWithJob } from './lock.ts';
import { resolveBooking } from './resolve.ts';

/*
 * Stripe lets a platform hold money for a limited time only: 90 days, in some countries another number. Both sides are
 * reminded when five sixths and seventeen eighteenths of it are over (75 and 85 days of 90); at the end what is
 * configured happens, so that no money lies there for ever.
 */
const remindersAt = [75 / 90, 85 / 90];
const batch = 100;

/** Sweep: reminders first, then the decision. */
export async function endHolds(ctx: Ctx): Promise<void> {
  const limitMs = ctx.config.holdLimitDays * dayMs;
  for (const [index, share] of remindersAt.entries())
    for (const payment of await heldSince(ctx, share * limitMs, index))
      await attempt(ctx, payment, () => remind(ctx, payment.id, index));
  for (const payment of await heldSince(ctx, limitMs, undefined))
    await attempt(ctx, payment, () => decide(ctx, payment));
}

type Held = Pick<PaymentRow, 'id' | 'booking_id'>;

/** Held payments with something left to decide about, that old; with a number, those with just so many reminders. */
function heldSince(ctx: Ctx, ageMs: number, reminders: number | undefined): Promise<Held[]> {
  let select = ctx.db
    .selectFrom('payments')
    .select(['id', 'booking_id'])
    .where('status', '=', 'held')
    .where('contractor_minor', '>', 0)
    .where('held_at', '<=', addMs(ctx.clock.now(), -ageMs));
  // What a bank or an admin has stopped is theirs to decide and comes back here afterwards. Reminders go out all the same.
  select =
    reminders === undefined
      ? select.where(
          sql<boolean>`not exists (select from payment_freezes where payment_id = payments.id and lifted_at is null)`,
        )
      : select.where('hold_reminders', '=', reminders);
  return select.orderBy('held_at').limit(batch).execute();
}

async function attempt(ctx: Ctx, payment: Held, work: () => Promise<void>): Promise<void> {
  await work().catch((error) =>
    ctx.log.error({ err: error, paymentId: payment.id }, 'the end of a hold was not handled, next time'),
  );
}

const remind = (ctx: Ctx, paymentId: string, reminders: number): Promise<void> =>
  inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.status !== 'held' || payment.hold_reminders !== reminders) return;
    await tx
      .updateTable('payments')
      .set({ hold_reminders: reminders + 1 })
      .where('id', '=', paymentId)
      .execute();
    for (const userId of [payment.customer_id, payment.contractor_id])
      await sendNoticeTo(tx, userId, 'hold-ends-soon');
  });

const decide = (ctx: Ctx, { id, booking_id: bookingId }: Held): Promise<void> =>
  inTransaction(ctx.db, async (tx) => {
    const booking = await lockBookingWithJob(tx, bookingId);
    // Frozen since it was picked.
    if (booking === undefined || (await openFreezes(tx, [id])).length > 0) return;
    if (booking.state === 'active' || booking.state === 'delivered') {
      const refundMinor = ctx.config.holdLimitDecision === 'release' ? 0 : booking.price_minor;
      const reason = 'The money was held as long as it may be.';
      await resolveBooking(ctx, tx, booking, { refundMinor, cause: 'hold_limit', reason });
      // Completed, and still here because the contractor's account cannot take it: then it is the customer's.
    } else await giveUpRelease(ctx, tx, id, { cause: 'hold_limit' });
  });
