import { sql } from 'kysely';
import type { Ctx } from '../../context.ts';
import { timeZone } from '../../days.ts';
import type { Tx } from '../../db/connect.ts';
import type { ScheduleRow } from '../../db/tables/payouts.ts';
import { inTransaction } from '../../db/transaction.ts';
import { enqueue } from '../../outbox/enqueue.ts';
import { nextRun } from './calendar.ts';

const batch = 100;

type Due = ScheduleRow & { time_zone: string };

/**
 * Sweep: hands the runs that are due to the outbox, each to one task, and sets the next ones. Of runs that were missed
 * while nothing swept there is one: the next is always after now.
 */
export async function startScheduledRuns(ctx: Ctx): Promise<void> {
  while ((await startBatch(ctx)) === batch);
}

function startBatch(ctx: Ctx): Promise<number> {
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const { rows } = await sql<Due>`
      select payout_schedules.*, time_zone from payout_schedules join users on users.id = user_id
      where next_run_at <= ${now} order by next_run_at limit ${batch}
      for update of payout_schedules skip locked`.execute(tx);
    for (const due of rows) await start(tx, due, now);
    return rows.length;
  });
}

async function start(tx: Tx, due: Due, now: Date): Promise<void> {
  const day = due.next_run_day!;
  const next = nextRun(due, timeZone(due.time_zone), now, day);
  await tx
    .updateTable('payout_schedules')
    .set({ last_run_day: day, next_run_day: next!.day, next_run_at: next!.at })
    .where('user_id', '=', due.user_id)
    .execute();
  await enqueue(tx, 'payouts.run-schedule', { userId: due.user_id, day }, { key: `schedule:${due.user_id}` });
}
