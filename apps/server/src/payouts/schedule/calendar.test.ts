import { describe, expect, test } from 'vitest';
import { timeZone } from '../../days.ts';
import { nextRun, type Rhythm } from './calendar.ts';

const daily: Rhythm = { interval: 'daily', weekday: null, day_of_month: null };
const weekly = (weekday: number): Rhythm => ({ interval: 'weekly', weekday, day_of_month: null });
const monthly = (day_of_month: number): Rhythm => ({ interval: 'monthly', weekday: null, day_of_month });
const vienna = 'Europe/Vienna';

const next = (rhythm: Rhythm, zone: string, now: string, lastDay: string | null = null) => {
  const run = nextRun(rhythm, timeZone(zone), new Date(now), lastDay);
  return run === null ? null : `${run.day} ${run.at.toISOString()}`;
};

describe('the next run', () => {
  test('is at six in the morning where the contractor lives', () => {
    expect(next(daily, vienna, '2027-01-12T04:59:59Z')).toBe('2027-01-12 2027-01-12T05:00:00.000Z');
    expect(next(daily, vienna, '2027-01-12T05:00:00Z')).toBe('2027-01-13 2027-01-13T05:00:00.000Z');
    expect(next(daily, 'America/Los_Angeles', '2027-01-12T05:00:00Z')).toBe(
      '2027-01-12 2027-01-12T14:00:00.000Z',
    );
    expect(next(daily, 'Pacific/Auckland', '2027-01-12T12:00:00Z')).toBe(
      '2027-01-13 2027-01-12T17:00:00.000Z',
    );
  });

  test('of a weekly schedule is on its weekday, today only if it is not six yet', () => {
    // 2027-01-15 is a Friday.
    expect(next(weekly(5), vienna, '2027-01-15T04:00:00Z')).toMatch(/^2027-01-15 /);
    expect(next(weekly(5), vienna, '2027-01-15T06:00:00Z')).toMatch(/^2027-01-22 /);
    expect(next(weekly(1), vienna, '2027-01-15T06:00:00Z')).toMatch(/^2027-01-18 /);
  });

  test.each([
    [31, '2027-01-15T12:00:00Z', '2027-01-31'],
    [31, '2027-02-01T12:00:00Z', '2027-02-28'],
    [31, '2028-02-01T12:00:00Z', '2028-02-29'],
    [30, '2027-02-28T12:00:00Z', '2027-03-30'],
    [29, '2027-02-28T03:00:00Z', '2027-02-28'],
    [1, '2026-12-01T12:00:00Z', '2027-01-01'],
    [31, '2027-03-31T12:00:00Z', '2027-04-30'],
  ])('of a monthly schedule on day %i after %s is %s', (day, now, expected) => {
    expect(next(monthly(day), vienna, now)?.slice(0, 10)).toBe(expected);
  });

  test('of a manual schedule is never', () => {
    expect(
      next({ interval: 'manual', weekday: null, day_of_month: null }, vienna, '2027-01-12T04:00:00Z'),
    ).toBe(null);
  });

  test('is never on a day that has had its run, wherever the contractor has moved', () => {
    expect(next(daily, 'America/Los_Angeles', '2027-01-12T06:00:00Z', '2027-01-12')).toMatch(/^2027-01-13 /);
  });

  test('is there once a day through the days on which clocks change', () => {
    for (const [from, days] of [
      ['2027-03-26T12:00:00Z', ['2027-03-27', '2027-03-28', '2027-03-29']],
      ['2027-10-29T12:00:00Z', ['2027-10-30', '2027-10-31', '2027-11-01']],
    ] as const) {
      let now = new Date(from);
      const seen = days.map(() => {
        const run = nextRun(daily, timeZone(vienna), now, null)!;
        now = run.at;
        return run.day;
      });
      expect(seen).toEqual(days);
    }
  });
});
