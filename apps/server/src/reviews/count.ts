import { addRating } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';

const batchSize = 200;

/** Sweep: reviews whose seven days are over go into the average of the person they are about. */
export async function countReviews(ctx: Ctx): Promise<void> {
  let handled: number;
  do {
    handled = await inTransaction(ctx.db, async (tx) => {
      const due = await tx
        .selectFrom('reviews')
        .select('id')
        .where('counted_at', 'is', null)
        .where('visible_at', '<=', ctx.clock.now())
        .orderBy('visible_at')
        .orderBy('id')
        .limit(batchSize)
        .forUpdate()
        .skipLocked()
        .execute();
      await countVisible(
        ctx,
        tx,
        due.map((review) => review.id),
      );
      return due.length;
    });
  } while (handled === batchSize);
}

/** Counts those of these reviews that are visible and were not counted before: each counts exactly once. */
export async function countVisible(ctx: Ctx, tx: Tx, reviewIds: string[]): Promise<void> {
  if (reviewIds.length === 0) return;
  const now = ctx.clock.now();
  const counted = await tx
    .updateTable('reviews')
    .set({ counted_at: now })
    .where('id', 'in', reviewIds)
    .where('counted_at', 'is', null)
    .where('visible_at', '<=', now)
    .returning(['subject_id', 'rating'])
    .execute();
  // In one order everywhere, so that two of these never wait for each other.
  counted.sort((one, other) => (one.subject_id < other.subject_id ? -1 : 1));
  for (const review of counted) await addRating(tx, review.subject_id, review.rating);
}
