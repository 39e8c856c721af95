/** Calendar days as YYYY-MM-DD, which compare as texts. Time zones are those of Intl, which accounts are checked with. */
import { dayMs } from './clock.ts';

const toMs = (day: string): number => Date.parse(`${day}T00:00:00.000Z`);
const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: string, days: number): string => toDay(toMs(day) + days * dayMs);

/** 1 is Monday, 7 is Sunday. */
export const weekday = (day: string): number => new Date(toMs(day)).getUTCDay() || 7;

export const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;

export function addMonths(firstDay: string, months: number): string {
  const [year, month] = firstDay.split('-').map(Number) as [number, number];
  return toDay(Date.UTC(year, month - 1 + months, 1));
}

/** 2026-W48: the ISO week of the day, which belongs to the year of its Thursday. */
export function isoWeek(day: string): string {
  const thursday = addDays(day, 4 - weekday(day));
  const year = thursday.slice(0, 4);
  const number = 1 + Math.floor((toMs(thursday) - toMs(`${year}-01-01`)) / (7 * dayMs));
  return `${year}-W${String(number).padStart(2, '0')}`;
}

export type TimeZone = {
  /** The day it is there at this moment. */
  dayAt(moment: Date): string;
  /** The first moment of the day there: not always midnight, and for a day that was skipped that of the next. */
  startOf(day: string): Date;
};

export function timeZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  /** What clocks there show, as if it were UTC. */
  const shownMs = (ms: number): number => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  };
  return {
    dayAt: (moment) => toDay(shownMs(moment.getTime())),
    startOf: (day) => {
      const midnight = toMs(day);
      // No zone is a whole day off, so the offsets before and after any change of clocks are among these two.
      const offsets = [midnight - dayMs, midnight + dayMs].map((ms) => shownMs(ms) - ms);
      const starts = offsets.map((offset) => midnight - offset).sort((one, other) => one - other);
      return new Date(starts.find((ms) => toDay(shownMs(ms)) >= day)!);
    },
  };
}
