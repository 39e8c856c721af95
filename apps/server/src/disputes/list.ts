import type { Dispute, DisputeDetails, DisputeState, disputes, InputOf, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { DisputeRow } from '../db/tables/disputes.ts';
import type { Actor } from '../http/authenticate.ts';
import { findDispute, requireSide } from './lock.ts';
import { presentDetails, presentDisputes } from './present.ts';

/** A dispute the actor takes part in, with its evidence. Errors: not_found. */
export async function getDispute(ctx: Ctx, actor: Actor, id: string): Promise<DisputeDetails> {
  return presentDetails(ctx, actor.userId, requireSide(await findDispute(ctx.db, id), actor).dispute);
}

/** The disputes the actor takes part in, newest first. An account is one side only, by its role. */
export function listOwnDisputes(
  ctx: Ctx,
  actor: Actor,
  query: PageRequest & { state?: DisputeState | undefined },
): Promise<Page<Dispute>> {
  const side = actor.role === 'contractor' ? 'contractor_id' : 'customer_id';
  return presentPage(
    ctx,
    newestFirst(inState(ctx, query.state).where(side, '=', actor.userId), 'disputes.opened_at', query),
  );
}

/** Everybody's, for admins: first what must be decided first, or the newest first. */
export function listDisputes(
  ctx: Ctx,
  query: InputOf<typeof disputes.listAll>['query'],
): Promise<Page<Dispute>> {
  const select = inState(ctx, query.state);
  return presentPage(
    ctx,
    query.sort === 'newest'
      ? newestFirst(select, 'disputes.opened_at', query)
      : mostUrgentFirst(select, query),
  );
}

function inState(ctx: Ctx, state: DisputeState | undefined) {
  const select = ctx.db.selectFrom('disputes').selectAll();
  return state === undefined ? select : select.where('state', '=', state);
}

const list = 'disputes.decide_by';

async function mostUrgentFirst(select: ReturnType<typeof inState>, request: PageRequest) {
  const limit = request.limit ?? defaultPageSize;
  let page = select
    .orderBy('decide_by')
    .orderBy('id')
    .limit(limit + 1);
  if (request.cursor !== undefined) {
    const [of, time, id] = decodeCursor(request.cursor, ['string', 'date', 'string']);
    if (of !== list) throw badCursor();
    page = page.where(sql<boolean>`(decide_by, id) > (${time}::timestamptz, ${id}::text)`);
  }
  return pageFrom(
    await page.execute(),
    limit,
    (row) => row,
    (row) => [list, row.decide_by.toISOString(), row.id],
  );
}

async function presentPage(
  ctx: Ctx,
  page: Promise<{ items: DisputeRow[]; nextCursor: string | null }>,
): Promise<Page<Dispute>> {
  const { items, nextCursor } = await page;
  return { items: await presentDisputes(ctx.db, items), nextCursor };
}
