import type { Currency } from '@holdfast/contract';
import { getUser } from '../../accounts/accounts.ts';
import { findAccount, lockAccount, refreshAccount } from '../../connect/connect.ts';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError } from '../../errors.ts';
import { contractorFunds } from '../../ledger/ledger.ts';
import { requirePayable } from '../payable.ts';
import { promisePayout } from '../promise.ts';
import { scheduleKey } from '../request-key.ts';
import { askBalance } from '../withdraw.ts';
import { resumeSchedule } from './pause.ts';

type ScheduledRun = { userId: string; day: string };

/** What a run cannot change: it is left for the next one. Anything else is repeated by the outbox. */
const leftForNextTime: ReadonlySet<string> = new Set(['onboarding_required', 'below_minimum']);

/**
 * Outbox task: withdraws all that is available, one payout per currency, each under a key of the day and the currency:
 * repeated, or run twice at once, it has one effect. Pays nothing if the schedule was paused or set anew meanwhile.
 */
export async function runSchedule(ctx: Ctx, run: ScheduledRun): Promise<void> {
  const { userId, day } = run;
  const user = await getUser(ctx.db, userId);
  if (user.suspended_at !== null || user.deleted_at !== null) return;
  // What was changed at Stripe and not told us: a restriction, or the bank account for which a paused schedule waits.
  const known = await findAccount(ctx.db, userId);
  if (known?.stripe_account_id != null) await refreshAccount(ctx, known.stripe_account_id);
  await resumeSchedule(ctx, userId);
  const owed = (await contractorFunds(ctx.db, userId)).filter((funds) => funds.contractorBalanceMinor > 0);
  for (const { currency } of owed)
    await withdrawAll(ctx, run, currency).catch((error) => {
      if (!(error instanceof AppError) || !leftForNextTime.has(error.code)) throw error;
      ctx.log.info({ userId, day, currency, problem: error.code }, 'scheduled withdrawal not possible');
    });
}

async function withdrawAll(ctx: Ctx, run: ScheduledRun, currency: Currency): Promise<void> {
  const asked = await askBalance(ctx, await requirePayable(ctx, run.userId));
  const request = { currency, amountMinor: undefined, requestKey: scheduleKey(run.day, currency) };
  await inTransaction(ctx.db, async (tx) => {
    // Before the schedule: the order in which a failing payout, which pauses it, locks the two.
    await lockAccount(tx, run.userId);
    if (await isStillOn(tx, run)) await promisePayout(ctx, tx, request, asked);
  });
}

async function isStillOn(tx: Tx, { userId, day }: ScheduledRun): Promise<boolean> {
  const schedule = await tx
    .selectFrom('payout_schedules')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('last_run_day', '=', day)
    .where('paused_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return schedule !== undefined;
}
