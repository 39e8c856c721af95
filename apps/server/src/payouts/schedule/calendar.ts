import { addMs, hourMs } from '../../clock.ts';
import { addDays, addMonths, firstOfMonth, type TimeZone, weekday } from '../../days.ts';
import type { ScheduleRow } from '../../db/tables/payouts.ts';

/** When a schedule runs: numbers as in the table, weekday 1 is Monday. */
export type Rhythm = Pick<ScheduleRow, 'interval' | 'weekday' | 'day_of_month'>;
export type Run = { day: string; at: Date };

// Early enough for the bank's day, late enough for what came due at midnight. On days on which clocks change it is an
// hour earlier or later.
const afterStartOfDayMs = 6 * hourMs;
const farthestDays = 62;

/**
 * The first run after now, on a later day than the run before if there is one; null for a manual schedule. Days are
 * days in this time zone.
 */
export function nextRun(rhythm: Rhythm, zone: TimeZone, now: Date, lastDay: string | null): Run | null {
  if (rhythm.interval === 'manual') return null;
  const today = zone.dayAt(now);
  for (let ahead = 0; ahead <= farthestDays; ahead += 1) {
    const day = addDays(today, ahead);
    const at = addMs(zone.startOf(day), afterStartOfDayMs);
    if (isRunDay(rhythm, day) && at > now && (lastDay === null || day > lastDay)) return { day, at };
  }
  throw new Error(`no run within ${farthestDays} days`);
}

function isRunDay(rhythm: Rhythm, day: string): boolean {
  if (rhythm.interval === 'weekly') return weekday(day) === rhythm.weekday;
  if (rhythm.interval === 'monthly')
    return Number(day.slice(8)) === Math.min(rhythm.day_of_month!, lengthOfMonth(day));
  return true;
}

const lengthOfMonth = (day: string): number => Number(addDays(addMonths(firstOfMonth(day), 1), -1).slice(8));
