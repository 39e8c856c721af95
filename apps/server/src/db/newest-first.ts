import { type SelectQueryBuilder, sql } from 'kysely';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from './cursor.ts';

export type PageRequest = { cursor?: string | undefined; limit?: number | undefined };

/**
 * One page of a list, newest first by a time column such as 'bookings.requested_at' and, within one moment, by the id
 * of the same table. Stable under inserts; wants an index on (…, time desc, id desc). Errors: a cursor of another list.
 */
export async function newestFirst<DB, TB extends keyof DB, Row extends { id: string }>(
  select: SelectQueryBuilder<DB, TB, Row>,
  timeColumn: `${string}.${string}`,
  request: PageRequest,
): Promise<{ items: Row[]; nextCursor: string | null }> {
  const limit = request.limit ?? defaultPageSize;
  const [table, field] = timeColumn.split('.') as [string, string];
  const time = sql.ref(timeColumn);
  const id = sql.ref(`${table}.id`);
  let page = select
    .orderBy(time, 'desc')
    .orderBy(id, 'desc')
    .limit(limit + 1);
  if (request.cursor !== undefined) {
    const [list, lastTime, lastId] = decodeCursor(request.cursor, ['string', 'date', 'string']);
    if (list !== timeColumn) throw badCursor();
    page = page.where(sql<boolean>`(${time}, ${id}) < (${lastTime}::timestamptz, ${lastId}::text)`);
  }
  return pageFrom(
    await page.execute(),
    limit,
    (row) => row,
    (row) => [timeColumn, ((row as Record<string, unknown>)[field] as Date).toISOString(), row.id],
  );
}
