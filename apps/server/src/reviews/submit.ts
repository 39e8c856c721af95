import type { Review, ReviewInput } from '@holdfast/contract';
import { lockOwnBooking } from '../bookings/bookings.ts';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import { breaksUnique, inTransaction } from '../db/transaction.ts';
import { AppError, conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { tellSides } from '../notifications/notifications.ts';
import { countVisible } from './count.ts';
import { presentReviews } from './present.ts';

const writeWithinMs = 30 * dayMs;
const hiddenForMs = 7 * dayMs;

/**
 * What one side says about the other, once per completed booking. Errors: not_found, conflict (not completed, or
 * too late), already_exists.
 */
export async function submitReview(
  ctx: Ctx,
  actor: Actor,
  bookingId: string,
  input: ReviewInput,
): Promise<Review> {
  try {
    return await inTransaction(ctx.db, async (tx) => {
      // The lock lets one side after the other in, so that the second one sees the first.
      const booking = await lockOwnBooking(tx, actor, bookingId);
      requireWritable(ctx, booking);
      const id = await insertReview(ctx, tx, actor, booking, input);
      const isShown = await revealPair(ctx, tx, bookingId);
      await tellSubject(ctx, tx, booking, {
        id,
        author: actor.userId,
        rating: isShown ? input.rating : undefined,
      });
      const row = await tx.selectFrom('reviews').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return (await presentReviews(ctx, tx, [row]))[0]!;
    });
  } catch (error) {
    if (breaksUnique(error, 'reviews_one_per_side'))
      throw new AppError('already_exists', 'You reviewed this booking already.');
    throw error;
  }
}

function requireWritable(ctx: Ctx, booking: BookingRow): void {
  if (booking.state !== 'completed' || booking.completed_at === null)
    throw conflict(`This booking is ${booking.state}. It can be reviewed when it is completed.`);
  if (addMs(booking.completed_at, writeWithinMs) <= ctx.clock.now())
    throw conflict('The time to review this booking is over.');
}

async function insertReview(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  booking: BookingRow,
  input: ReviewInput,
): Promise<string> {
  const now = ctx.clock.now();
  const id = newId('rev');
  await tx
    .insertInto('reviews')
    .values({
      id,
      booking_id: booking.id,
      job_id: booking.job_id,
      author_id: actor.userId,
      subject_id: actor.userId === booking.customer_id ? booking.contractor_id : booking.customer_id,
      rating: input.rating,
      text: input.text,
      visible_at: addMs(now, hiddenForMs),
      created_at: now,
    })
    .execute();
  return id;
}

/** What was said stays hidden as long as the review is. */
const tellSubject = (
  ctx: Ctx,
  tx: Tx,
  booking: BookingRow,
  { id, author, rating }: { id: string; author: string; rating: number | undefined },
): Promise<void> =>
  tellSides(ctx, tx, {
    bookingId: booking.id,
    type: 'review.submitted',
    to: [author === booking.customer_id ? 'contractor' : 'customer'],
    about: id,
    data: { reviewId: id, ...(rating === undefined ? {} : { rating }) },
  });

/** With both sides in, both are shown from now on, unless they were before. True if they are. */
async function revealPair(ctx: Ctx, tx: Tx, bookingId: string): Promise<boolean> {
  const now = ctx.clock.now();
  const pair = await tx.selectFrom('reviews').select('id').where('booking_id', '=', bookingId).execute();
  if (pair.length < 2) return false;
  await tx
    .updateTable('reviews')
    .set({ visible_at: now })
    .where('booking_id', '=', bookingId)
    .where('visible_at', '>', now)
    .execute();
  await countVisible(
    ctx,
    tx,
    pair.map((review) => review.id),
  );
  return true;
}
