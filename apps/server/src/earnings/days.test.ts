import { describe, expect, test } from 'vitest';
import { addDays, addMonths, isoWeek, timeZone, weekday } from '../days.ts';
import { boundariesOf, periodsOf } from './periods.ts';

describe('the calendar', () => {
  test.each([
    ['2026-11-24', '2026-W48'],
    ['2027-01-01', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2024-12-30', '2025-W01'],
    ['2024-02-29', '2024-W09'],
  ])('%s lies in %s', (day, week) => {
    expect(isoWeek(day)).toBe(week);
  });

  test('counts over leap days and the ends of years', () => {
    expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
    expect(addMonths('2026-11-01', 3)).toBe('2027-02-01');
    expect([weekday('2026-11-23'), weekday('2026-11-29')]).toEqual([1, 7]);
  });
});

describe('a day begins', () => {
  test.each([
    ['Europe/Vienna', '2026-03-29', '2026-03-28T23:00:00.000Z', 'before clocks go forward'],
    ['Europe/Vienna', '2026-03-30', '2026-03-29T22:00:00.000Z', 'after 23 hours'],
    ['Europe/Vienna', '2026-10-26', '2026-10-25T23:00:00.000Z', 'after 25 hours'],
    ['UTC', '2026-10-26', '2026-10-26T00:00:00.000Z', 'at midnight'],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z', 'at a quarter'],
    ['Pacific/Kiritimati', '2026-01-01', '2025-12-31T10:00:00.000Z', 'first of all'],
    ['+05:30', '2026-01-01', '2025-12-31T18:30:00.000Z', 'where a zone is an offset'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', 'at one, where midnight is skipped'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 'at the first of two midnights'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 'after a day that never was'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 'with the next if it never was'],
  ])('in %s on %s at %s: %s', (name, day, start) => {
    expect(timeZone(name).startOf(day).toISOString()).toBe(start);
  });

  test('in every zone exactly where the day before ends, for ten years', () => {
    for (const name of Intl.supportedValuesOf('timeZone').filter((_name, index) => index % 40 === 0)) {
      const zone = timeZone(name);
      for (let day = '2018-01-01'; day < '2028-01-01'; day = addDays(day, 5)) {
        const start = zone.startOf(day);
        expect(zone.dayAt(start), `${name} ${day}`).toBe(day);
        expect(zone.dayAt(new Date(start.getTime() - 1)), `${name} ${day}`).toBe(addDays(day, -1));
      }
    }
  });
});

describe('a range', () => {
  test('is cut at its ends and has no gaps', () => {
    const weeks = periodsOf({ groupBy: 'week', from: '2026-11-25', to: '2026-12-08' }, '');
    expect(weeks).toEqual([
      { period: '2026-W48', from: '2026-11-25', to: '2026-11-29' },
      { period: '2026-W49', from: '2026-11-30', to: '2026-12-06' },
      { period: '2026-W50', from: '2026-12-07', to: '2026-12-08' },
    ]);
    const months = periodsOf({ groupBy: 'month', from: '2024-01-31', to: '2024-03-01' }, '');
    expect(months.map(({ from, to }) => `${from}/${to}`)).toEqual([
      '2024-01-31/2024-01-31',
      '2024-02-01/2024-02-29',
      '2024-03-01/2024-03-01',
    ]);
  });

  test('left out is 30 days, 12 weeks or 12 months up to today', () => {
    const ends = (groupBy: 'day' | 'week' | 'month') => {
      const periods = periodsOf({ groupBy }, '2026-11-24');
      return [periods.length, periods[0]!.from, periods.at(-1)!.to];
    };
    expect(ends('day')).toEqual([30, '2026-10-26', '2026-11-24']);
    expect(ends('week')).toEqual([12, '2026-09-07', '2026-11-24']);
    expect(ends('month')).toEqual([12, '2025-12-01', '2026-11-24']);
  });

  test('of 400 periods is the longest', () => {
    expect(periodsOf({ groupBy: 'day', from: '2025-10-21', to: '2026-11-24' }, '')).toHaveLength(400);
    expect(() => periodsOf({ groupBy: 'day', from: '2025-10-20', to: '2026-11-24' }, '')).toThrow('400');
  });

  test('has one boundary more than periods, each later than the one before', () => {
    const zone = timeZone('Europe/Vienna');
    const boundaries = boundariesOf(
      periodsOf({ groupBy: 'day', from: '2026-10-24', to: '2026-10-26' }, ''),
      zone,
    );
    expect(boundaries.map((one) => one.toISOString())).toEqual([
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ]);
  });
});
