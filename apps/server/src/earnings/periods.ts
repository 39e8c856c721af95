import type { EarningsGroup } from '@holdfast/contract';
import { addDays, addMonths, firstOfMonth, isoWeek, type TimeZone, weekday } from '../days.ts';
import { invalidField } from '../errors.ts';

export type RangeQuery = { groupBy: EarningsGroup; from?: string | undefined; to?: string | undefined };

/** A day, a week or a month, as far as it lies in the range that was asked for. */
export type Period = { period: string; from: string; to: string };

const maximumPeriods = 400;

/** The periods from the first day to the last, without gaps. Errors: validation_failed for an impossible range. */
export function periodsOf(query: RangeQuery, today: string): Period[] {
  const to = query.to ?? today;
  const from = query.from ?? defaultFrom(query.groupBy, to);
  if (from > to) throw invalidField('query.from', `must not be after the last day, ${to}`);
  const periods: Period[] = [];
  for (let day = from; day <= to; day = addDays(periods.at(-1)!.to, 1)) {
    if (periods.length === maximumPeriods)
      throw invalidField('query.from', `makes more than ${maximumPeriods} periods; group by a longer one`);
    const last = lastDay(query.groupBy, day);
    periods.push({ period: nameOf(query.groupBy, day), from: day, to: last < to ? last : to });
  }
  return periods;
}

/** Where each period begins and, as one more, where the last one ends. */
export const boundariesOf = (periods: readonly Period[], zone: TimeZone): Date[] =>
  [...periods.map(({ from }) => from), addDays(periods.at(-1)!.to, 1)].map((day) => zone.startOf(day));

function defaultFrom(groupBy: EarningsGroup, to: string): string {
  if (groupBy === 'day') return addDays(to, -29);
  return groupBy === 'week' ? addDays(to, 1 - weekday(to) - 11 * 7) : addMonths(firstOfMonth(to), -11);
}

function lastDay(groupBy: EarningsGroup, day: string): string {
  if (groupBy === 'day') return day;
  return groupBy === 'week' ? addDays(day, 7 - weekday(day)) : addDays(addMonths(firstOfMonth(day), 1), -1);
}

function nameOf(groupBy: EarningsGroup, day: string): string {
  if (groupBy === 'day') return day;
  return groupBy === 'week' ? isoWeek(day) : day.slice(0, 7);
}
