import type { FoundJob, JobSearch, Page } from '@holdfast/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import { invalidField } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { type Area, distanceKm, isInBox, isInCircle, isInSquares } from './area.ts';
import { presentFound } from './present.ts';
import { jobRows } from './rows.ts';

type Sort = JobSearch['sort'];
type Hit = { id: string; sort_key: number | Date; distance: number | null };
type Position = { key: number | Date; id: string };

const defaultRadiusKm = 50;
// Nearest first looks close by before it looks far away: in a city the first ring fills the page.
const ringsKm = [2, 8, 32, 128];
const keyTypes = { date: 'date', budget: 'integer', distance: 'number' } as const;

/** Open jobs that fit every given filter, none of a suspended customer. Throws validation_failed for a cursor of another sort. */
export async function searchJobs(ctx: Ctx, actor: Actor, search: JobSearch): Promise<Page<FoundJob>> {
  const limit = search.limit ?? defaultPageSize;
  const after = search.cursor === undefined ? undefined : positionOf(search.cursor, search.sort);
  const hits = await findHits(ctx, search, after, limit + 1);
  const page = pageFrom(
    hits,
    limit,
    (hit) => hit,
    (hit) => [search.sort, hit.sort_key instanceof Date ? hit.sort_key.toISOString() : hit.sort_key, hit.id],
  );
  return { items: await readHits(ctx, actor, page.items), nextCursor: page.nextCursor };
}

async function findHits(
  ctx: Ctx,
  search: JobSearch,
  after: Position | undefined,
  count: number,
): Promise<Hit[]> {
  const area = areaOf(search);
  if (search.sort !== 'distance' || area === undefined) return findIn(ctx, search, area, after, count);
  const farthest = after === undefined ? 0 : (after.key as number);
  for (const radiusKm of ringsKm.filter((ring) => ring > farthest && ring < area.radiusKm / 2)) {
    const hits = await findIn(ctx, search, { ...area, radiusKm }, after, count);
    if (hits.length === count) return hits;
  }
  return findIn(ctx, search, area, after, count);
}

/** Ids first, from narrow indexes alone where there is no text; the wide rows are read for one page only. */
async function findIn(
  ctx: Ctx,
  search: JobSearch,
  area: Area | undefined,
  after: Position | undefined,
  count: number,
): Promise<Hit[]> {
  const { key, isDescending } = sortOf(search.sort, area);
  const conditions = conditionsOf(search, area);
  if (after !== undefined)
    conditions.push(
      isDescending
        ? sql`(${key}, id) < (${after.key}, ${after.id})`
        : sql`(${key}, id) > (${after.key}, ${after.id})`,
    );
  const direction = isDescending ? sql`desc` : sql`asc`;
  const { rows } = await sql<Hit>`
    select id, ${key} as sort_key, ${area === undefined ? sql`null` : distanceKm(area)} as distance
    from jobs where ${sql.join(conditions, sql` and `)}
    order by ${key} ${direction}, id ${direction} limit ${count}`.execute(ctx.db);
  return rows;
}

/** Every condition can stand beside every other. What is dear to check comes last. */
function conditionsOf(search: JobSearch, area: Area | undefined): RawBuilder<unknown>[] {
  // Literals, so that the planner can see that the partial indexes fit.
  const conditions: RawBuilder<unknown>[] = [sql`status = 'open'`, sql`not is_hidden`];
  const add = (condition: RawBuilder<unknown>) => conditions.push(condition);
  const hasText = search.q !== undefined;
  if (search.currency !== undefined) add(sql`currency = ${search.currency}`);
  if (search.minBudget !== undefined) add(sql`budget_minor >= ${search.minBudget}::int`);
  if (search.maxBudget !== undefined) add(sql`budget_minor <= ${search.maxBudget}::int`);
  if (!hasText && search.category !== undefined) add(sql`category = ${search.category}`);
  if (area !== undefined) add(hasText ? isInSquares(area) : isInBox(area));
  if (area !== undefined) add(isInCircle(area));
  const facets = [search.category, search.currency].filter((facet) => facet !== undefined);
  if (hasText && facets.length > 0) add(sql`facets @> ${facets}::text[]`);
  if (hasText) add(sql`search @@ websearch_to_tsquery('simple', ${search.q})`);
  return conditions;
}

function sortOf(sort: Sort, area: Area | undefined): { key: RawBuilder<unknown>; isDescending: boolean } {
  if (sort === 'distance' && area !== undefined) return { key: distanceKm(area), isDescending: false };
  return { key: sort === 'budget' ? sql`budget_minor` : sql`created_at`, isDescending: true };
}

const areaOf = (search: JobSearch): Area | undefined =>
  search.lat === undefined || search.lng === undefined
    ? undefined
    : { lat: search.lat, lng: search.lng, radiusKm: search.radiusKm ?? defaultRadiusKm };

function positionOf(cursor: string, sort: Sort): Position {
  const [of, key, id] = decodeCursor(cursor, ['string', keyTypes[sort], 'string']);
  if (of !== sort) throw invalidField('query.cursor', 'belongs to another sort order');
  return { key, id };
}

async function readHits(ctx: Ctx, actor: Actor, hits: Hit[]): Promise<FoundJob[]> {
  if (hits.length === 0) return [];
  const rows = await jobRows(ctx.db)
    .where(
      'jobs.id',
      'in',
      hits.map((hit) => hit.id),
    )
    .execute();
  const found = new Map(rows.map((row) => [row.id, row]));
  // A job that vanished between the two reads is left out.
  const present = hits.flatMap((hit) => {
    const row = found.get(hit.id);
    return row === undefined ? [] : [{ row, distance: hit.distance }];
  });
  return presentFound(ctx.db, actor, present);
}
