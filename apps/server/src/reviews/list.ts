import type { Page, Review } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentReviews } from './present.ts';

type Query = { cursor?: string; limit?: number };

/** The published reviews about a person, newest first, and the actor's own hidden ones. Errors: not_found. */
export async function listReviews(
  ctx: Ctx,
  actor: Actor,
  userId: string,
  query: Query,
): Promise<Page<Review>> {
  if (!(await publicPerson(ctx.db, [userId])).has(userId)) throw notFound('account');
  const limit = query.limit ?? defaultPageSize;
  let select = ctx.db
    .selectFrom('reviews')
    .selectAll()
    .where('subject_id', '=', userId)
    .where(({ eb, or }) => or([eb('visible_at', '<=', ctx.clock.now()), eb('author_id', '=', actor.userId)]));
  if (query.cursor !== undefined) {
    const [visibleAt, id] = decodeCursor(query.cursor, ['date', 'string']);
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('visible_at', 'id'), '<', tuple(visibleAt, id)),
    );
  }
  const rows = await select
    .orderBy('visible_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = pageFrom(
    rows,
    limit,
    (row) => row,
    (row) => [row.visible_at.toISOString(), row.id],
  );
  return { items: await presentReviews(ctx, ctx.db, page.items), nextCursor: page.nextCursor };
}
