import type { Booking } from '@holdfast/contract';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { lockOwnBooking } from './lock.ts';
import { readBooking } from './rows.ts';

/** active → delivered by the contractor; the review period starts. Errors: not_found, conflict. */
export function deliverBooking(ctx: Ctx, actor: Actor, bookingId: string, note: string): Promise<Booking> {
  return inTransaction(ctx.db, async (tx) => {
    const booking = await lockOwnBooking(tx, actor, bookingId);
    if (booking.state !== 'active') throw conflict(`This booking is ${booking.state}, not active.`);
    const now = ctx.clock.now();
    const releaseAt = addMs(now, ctx.config.reviewPeriodHours * hourMs);
    await tx
      .updateTable('bookings')
      .set({
        state: 'delivered',
        delivered_at: now,
        release_at: releaseAt,
        delivery_note: note,
        updated_at: now,
      })
      .where('id', '=', booking.id)
      .execute();
    await announce(tx, booking.id, 'booking.delivered');
    const data = { deadline: releaseAt.toISOString() };
    await tellSides(ctx, tx, { bookingId: booking.id, type: 'booking.delivered', to: ['customer'], data });
    return readBooking(tx, booking.id);
  });
}
