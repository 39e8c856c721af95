import { getUser } from '../../accounts/accounts.ts';
import { findAccount } from '../../connect/connect.ts';
import type { Ctx } from '../../context.ts';
import { timeZone } from '../../days.ts';
import type { Tx } from '../../db/connect.ts';
import type { PayoutRow } from '../../db/tables/payments.ts';
import { inTransaction } from '../../db/transaction.ts';
import { nextRun } from './calendar.ts';

/** Refusals that another bank account would not change: what a run meets there it meets again, without any harm. */
const notOfTheBank: ReadonlySet<string> = new Set([
  'canceled',
  'payouts_not_allowed',
  'account_invalid',
  'balance_insufficient',
]);

/**
 * Stops the schedule whose payout the bank has refused: it would send the same money to the same bank account again and
 * again. Not if payouts go somewhere else by now. The caller holds the lock of the contractor's account.
 */
export async function pauseSchedule(
  tx: Tx,
  payout: PayoutRow,
  failure: { code: string },
  now: Date,
): Promise<void> {
  if (notOfTheBank.has(failure.code)) return;
  const account = await findAccount(tx, payout.contractor_id);
  const isElsewhere = payout.banks_hash !== null && account?.banks_hash !== payout.banks_hash;
  if (isElsewhere) return;
  await tx
    .updateTable('payout_schedules')
    .set({ paused_at: now, paused_payout_id: payout.id, paused_banks_hash: payout.banks_hash })
    .where('user_id', '=', payout.contractor_id)
    .where('interval', '<>', 'manual')
    .where('paused_at', 'is', null)
    .execute();
}

/** Lets a paused schedule go on if the contractor's payouts go somewhere else than when it was paused. */
export function resumeSchedule(ctx: Ctx, userId: string): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const paused = await tx
      .selectFrom('payout_schedules')
      .innerJoin('connected_accounts', 'connected_accounts.user_id', 'payout_schedules.user_id')
      .selectAll('payout_schedules')
      .where('payout_schedules.user_id', '=', userId)
      .where('paused_at', 'is not', null)
      .whereRef('paused_banks_hash', '<>', 'banks_hash')
      .forUpdate('payout_schedules')
      .executeTakeFirst();
    if (paused === undefined) return;
    const now = ctx.clock.now();
    const zone = timeZone((await getUser(tx, userId)).time_zone);
    const next = nextRun(paused, zone, now, paused.last_run_day);
    await tx
      .updateTable('payout_schedules')
      .set({
        paused_at: null,
        paused_payout_id: null,
        paused_banks_hash: null,
        next_run_day: next?.day ?? null,
        next_run_at: next?.at ?? null,
        updated_at: now,
      })
      .where('user_id', '=', userId)
      .execute();
  });
}
