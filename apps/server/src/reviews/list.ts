import type { Page, Review } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentReviews } from './present.ts';

/** The published reviews about a person, newest first, and the actor's own hidden ones. Errors: not_found. */
export async function listReviews(
  ctx: Ctx,
  actor: Actor,
  userId: string,
  query: PageRequest,
): Promise<Page<Review>> {
  if (!(await publicPerson(ctx.db, [userId])).has(userId)) throw notFound('account');
  const select = ctx.db
    .selectFrom('reviews')
    .selectAll()
    .where('subject_id', '=', userId)
    .where(({ eb, or }) => or([eb('visible_at', '<=', ctx.clock.now()), eb('author_id', '=', actor.userId)]));
  const page = await newestFirst(select, 'reviews.visible_at', query);
  return { items: await presentReviews(ctx, ctx.db, page.items), nextCursor: page.nextCursor };
}
