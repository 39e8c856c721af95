import { type SelectQueryBuilder, sql } from 'kysely';
import { addMs, dayMs } from '../clock.ts';

export type Period = { from?: string | undefined; to?: string | undefined };

export const startOf = (day: string): Date => new Date(`${day}T00:00:00.000Z`);
export const endOf = (day: string): Date => addMs(startOf(day), dayMs);

/** Only rows whose time lies within these days of UTC, the last one included. */
export function inPeriod<DB, TB extends keyof DB, Row>(
  select: SelectQueryBuilder<DB, TB, Row>,
  timeColumn: `${string}.${string}`,
  { from, to }: Period,
): SelectQueryBuilder<DB, TB, Row> {
  const time = sql.ref(timeColumn);
  let within = select;
  if (from !== undefined) within = within.where(sql<boolean>`${time} >= ${startOf(from)}`);
  if (to !== undefined) within = within.where(sql<boolean>`${time} < ${endOf(to)}`);
  return within;
}
