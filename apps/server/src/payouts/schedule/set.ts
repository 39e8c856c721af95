import { type PayoutSchedule, type ScheduleRequest, weekdays } from '@holdfast/contract';
import { getUser } from '../../accounts/accounts.ts';
import type { Ctx } from '../../context.ts';
import { timeZone } from '../../days.ts';
import { nextRun, type Rhythm } from './calendar.ts';
import { readSchedule } from './read.ts';

/**
 * Sets when withdrawals are made by themselves, and ends a pause. A run that has begun and not yet withdrawn anything
 * is overtaken by it.
 */
export async function setSchedule(
  ctx: Ctx,
  userId: string,
  request: ScheduleRequest,
): Promise<PayoutSchedule> {
  const { time_zone } = await getUser(ctx.db, userId);
  const rhythm: Rhythm = {
    interval: request.interval,
    weekday: request.weekday === undefined ? null : weekdays.indexOf(request.weekday) + 1,
    day_of_month: request.dayOfMonth ?? null,
  };
  const now = ctx.clock.now();
  const next = nextRun(rhythm, timeZone(time_zone), now, null);
  const columns = {
    ...rhythm,
    next_run_day: next?.day ?? null,
    next_run_at: next?.at ?? null,
    last_run_day: null,
    paused_at: null,
    paused_payout_id: null,
    paused_banks_hash: null,
    updated_at: now,
  };
  await ctx.db
    .insertInto('payout_schedules')
    .values({ user_id: userId, ...columns, created_at: now })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(columns))
    .execute();
  return readSchedule(ctx, userId);
}
