import { z } from 'zod';
import { idOf, Timestamp } from './fields.ts';

export const scheduleIntervals = ['manual', 'daily', 'weekly', 'monthly'] as const;
export const ScheduleInterval = z.enum(scheduleIntervals).meta({
  id: 'ScheduleInterval',
  description: 'manual: only when asked for · daily · weekly: on `weekday` · monthly: on `dayOfMonth`',
});
export type ScheduleInterval = z.infer<typeof ScheduleInterval>;

/** Banks work on these. */
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
export const Weekday = z.enum(weekdays).meta({ id: 'Weekday' });

const DayOfMonth = z
  .int()
  .min(1)
  .max(31)
  .meta({ description: 'the last day where the month is shorter', examples: [31] });

/** A weekly schedule has a weekday and a monthly one a day; no other has either. */
export const ScheduleRequest = z
  .strictObject({
    interval: ScheduleInterval,
    weekday: Weekday.optional().meta({ description: 'for weekly only' }),
    dayOfMonth: DayOfMonth.optional(),
  })
  .superRefine((schedule, issues) => {
    const given = { weekday: schedule.weekday, dayOfMonth: schedule.dayOfMonth };
    const needed = { weekday: 'weekly', dayOfMonth: 'monthly' } as const;
    for (const name of ['weekday', 'dayOfMonth'] as const) {
      const isNeeded = schedule.interval === needed[name];
      if (isNeeded !== (given[name] !== undefined))
        issues.addIssue({
          code: 'custom',
          path: [name],
          message: isNeeded ? `is required when interval is ${needed[name]}` : `is for ${needed[name]} only`,
        });
    }
  })
  .meta({
    examples: [
      { interval: 'weekly', weekday: 'friday' },
      { interval: 'monthly', dayOfMonth: 31 },
      { interval: 'manual' },
    ],
  });
export type ScheduleRequest = z.infer<typeof ScheduleRequest>;

const Day = z.iso.date().meta({ description: 'a day in `timeZone`', examples: ['2026-12-04'] });

export const PayoutSchedule = z
  .object({
    interval: ScheduleInterval,
    weekday: Weekday.nullable(),
    dayOfMonth: z.int().nullable(),
    timeZone: z.string(),
    nextRun: z
      .object({ day: Day, at: Timestamp })
      .nullable()
      .meta({ description: 'null while the schedule is manual or paused' }),
    lastRunDay: Day.nullable().meta({ description: 'of the newest run since the schedule was set' }),
    paused: z
      .object({
        since: Timestamp,
        payoutId: idOf('pout'),
        code: z.string(),
        message: z.string(),
        advice: z.string(),
      })
      .nullable()
      .meta({
        description:
          'the bank refused this withdrawal; runs go on by themselves when the bank account at Stripe changes, or when the schedule is set again',
      }),
  })
  .meta({
    id: 'PayoutSchedule',
    examples: [
      {
        interval: 'weekly',
        weekday: 'friday',
        dayOfMonth: null,
        timeZone: 'Europe/Vienna',
        nextRun: { day: '2026-12-04', at: '2026-12-04T05:00:00.000Z' },
        lastRunDay: '2026-11-27',
        paused: null,
      },
    ],
  });
export type PayoutSchedule = z.infer<typeof PayoutSchedule>;
