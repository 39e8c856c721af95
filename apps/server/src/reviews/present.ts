import type { Review } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { ReviewRow } from '../db/tables/reviews.ts';

/** Reviews with the names of their authors, in one query. */
export async function presentReviews(ctx: Ctx, db: Db | Tx, rows: readonly ReviewRow[]): Promise<Review[]> {
  const now = ctx.clock.now();
  const people = await publicPerson(
    db,
    rows.map((row) => row.author_id),
  );
  return rows.map((row) => ({
    id: row.id,
    bookingId: row.booking_id,
    jobId: row.job_id,
    author: { id: row.author_id, name: people.get(row.author_id)?.name ?? '' },
    subjectId: row.subject_id,
    rating: row.rating,
    text: row.text,
    isPublished: row.visible_at <= now,
    publishedAt: row.visible_at.toISOString(),
    createdAt: row.created_at.toISOString(),
  }));
}
