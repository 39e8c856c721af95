import { type PayoutSchedule, weekdays } from '@holdfast/contract';
import { getUser } from '../../accounts/accounts.ts';
import type { Ctx } from '../../context.ts';
import type { ScheduleRow } from '../../db/tables/payouts.ts';
import { presentFailure } from '../advice.ts';

/** The contractor's schedule; without one it is manual. */
export async function readSchedule(ctx: Ctx, userId: string): Promise<PayoutSchedule> {
  const { time_zone: timeZone } = await getUser(ctx.db, userId);
  const row = await ctx.db
    .selectFrom('payout_schedules')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (row === undefined)
    return {
      interval: 'manual',
      weekday: null,
      dayOfMonth: null,
      timeZone,
      nextRun: null,
      lastRunDay: null,
      paused: null,
    };
  return {
    interval: row.interval,
    weekday: row.weekday === null ? null : weekdays[row.weekday - 1]!,
    dayOfMonth: row.day_of_month,
    timeZone,
    nextRun:
      row.next_run_at === null || row.paused_at !== null
        ? null
        : { day: row.next_run_day!, at: row.next_run_at.toISOString() },
    lastRunDay: row.last_run_day,
    paused: await presentPause(ctx, row),
  };
}

async function presentPause(ctx: Ctx, row: ScheduleRow): Promise<PayoutSchedule['paused']> {
  if (row.paused_at === null) return null;
  const payout = await ctx.db
    .selectFrom('payouts')
    .select(['id', 'failure_code', 'failure_message'])
    .where('id', '=', row.paused_payout_id!)
    .executeTakeFirstOrThrow();
  const failure = presentFailure({ ...payout, failure_code: payout.failure_code! });
  return { since: row.paused_at.toISOString(), payoutId: payout.id, ...failure };
}
