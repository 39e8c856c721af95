import { sql } from 'kysely';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { tellSides } from '../notifications/notifications.ts';
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
    await forEachHeld(ctx, { ageMs: share * limitMs, reminders: index }, (payment) =>
      remind(ctx, payment.id, index),
    );
  await forEachHeld(ctx, { ageMs: limitMs }, (payment) => decide(ctx, payment));
}

type Held = Pick<PaymentRow, 'id' | 'booking_id' | 'held_at'>;
/** Held for so long; with a number, those with just so many reminders. */
type Which = { ageMs: number; reminders?: number };

/** Oldest first, past those that nothing can be done about now, frozen ones say: they do not keep up the others. */
async function forEachHeld(ctx: Ctx, which: Which, work: (payment: Held) => Promise<void>): Promise<void> {
  let last: Held | undefined;
  do {
    const found = await heldSince(ctx, which, last);
    for (const payment of found) await attempt(ctx, payment, () => work(payment));
    last = found.length === batch ? found.at(-1) : undefined;
  } while (last !== undefined);
}

/** Held payments with something left to decide about. */
function heldSince(ctx: Ctx, { ageMs, reminders }: Which, after: Held | undefined): Promise<Held[]> {
  let select = ctx.db
    .selectFrom('payments')
    .select(['id', 'booking_id', 'held_at'])
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
  if (after !== undefined)
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('held_at', 'id'), '>', tuple(after.held_at, after.id)),
    );
  return select.orderBy('held_at').orderBy('id').limit(batch).execute();
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
    const endsAt = addMs(payment.held_at!, ctx.config.holdLimitDays * dayMs);
    await tellSides(ctx, tx, {
      bookingId: payment.booking_id,
      type: 'payment.hold_ending',
      to: ['customer', 'contractor'],
      about: `${paymentId} ${reminders}`,
      data: { paymentId, deadline: endsAt.toISOString() },
    });
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
