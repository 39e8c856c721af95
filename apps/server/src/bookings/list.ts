import type { Booking, BookingState, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { bookingRows, presentBookings } from './rows.ts';

type Query = PageRequest & { state?: BookingState };

/** A booking the actor takes part in. Errors: not_found. */
export async function getBooking(ctx: Ctx, actor: Actor, id: string): Promise<Booking> {
  const row = await bookingRows(ctx.db).where('bookings.id', '=', id).executeTakeFirst();
  if (row === undefined || (row.customer_id !== actor.userId && row.contractor_id !== actor.userId))
    throw notFound('booking');
  return (await presentBookings(ctx.db, [row]))[0]!;
}

/** The bookings the actor takes part in, newest first. An account is one side only, by its role. */
export async function listOwnBookings(ctx: Ctx, actor: Actor, query: Query): Promise<Page<Booking>> {
  const side = actor.role === 'contractor' ? 'bookings.contractor_id' : 'bookings.customer_id';
  let select = bookingRows(ctx.db).where(side, '=', actor.userId);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  const page = await newestFirst(select, 'bookings.requested_at', query);
  return { items: await presentBookings(ctx.db, page.items), nextCursor: page.nextCursor };
}
