import type { Db, Tx } from '../db/connect.ts';

/** Titles of these jobs by id, for lists of things that belong to a job. */
export async function jobTitles(db: Db | Tx, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('jobs').select(['id', 'title']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.title]));
}
