import { addMs, dayMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { StoredCheck, StoredDifference } from '../db/tables/reconciliation.ts';
import { maximumFindings } from './findings.ts';
import { alone } from './own-connection.ts';
import { type AuditOptions, audit, type CheckResult } from './run.ts';

const windowMs = 8 * dayMs;
// Enough for what changes between two readings; what takes longer is seen again in the next hour.
const lookAgainMs = 200;
/**
 * A difference is a finding when it is still the same after this. The slowest sweep that makes up for a lost webhook
 * comes every 30 minutes (payouts/refresh.ts): what settles by itself has settled by then, and the next hour's
 * reconciliation is late enough.
 */
const settlesWithinMs = 45 * minuteMs;
const keptForMs = 90 * dayMs;

/**
 * Outbox task: compares what is new or not final, and writes down what differs. One at a time; a second run of the same
 * one, after a crash, begins it anew.
 */
export async function reconcile(
  ctx: Ctx,
  { reconciliationId }: { reconciliationId: string },
  options: Pick<AuditOptions, 'retryDelaysMs'> = {},
): Promise<void> {
  await alone(ctx, async () => {
    const startedAt = ctx.clock.now();
    const { numUpdatedRows } = await ctx.db
      .updateTable('reconciliations')
      .set({ started_at: startedAt })
      .where('id', '=', reconciliationId)
      .where('finished_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    const before = await lastSeen(ctx, reconciliationId);
    const results = await audit(ctx, lookAgainMs, { ...options, since: windowFrom(startedAt, before) });
    await finish(ctx, reconciliationId, differencesIn(results, before, startedAt), results);
    await forgetOld(ctx);
  });
}

/** As long as anything differs the window reaches back to it: what is not looked at is not settled. */
function windowFrom(startedAt: Date, before: StoredDifference[]): Date {
  const oldest = Math.min(startedAt.getTime(), ...before.map((one) => Date.parse(one.firstSeenAt)));
  return new Date(oldest - windowMs);
}

/** What differs now, with the time it was first seen; and what a check that could not be completed has not disproved. */
function differencesIn(
  results: CheckResult[],
  before: StoredDifference[],
  startedAt: Date,
): StoredDifference[] {
  const earlier = new Map(before.map((one) => [keyOf(one), one]));
  return results.flatMap(({ name, findings, incomplete }) =>
    incomplete !== null
      ? before.filter(({ check }) => check === name)
      : findings.map(({ subject, detail }) => {
          const seen = earlier.get(keyOf({ check: name, subject, detail }));
          const firstSeenAt = seen?.firstSeenAt ?? startedAt.toISOString();
          const isFinding = Date.parse(firstSeenAt) <= startedAt.getTime() - settlesWithinMs;
          return { check: name, subject, detail, firstSeenAt, isFinding };
        }),
  );
}

async function finish(
  ctx: Ctx,
  id: string,
  differences: StoredDifference[],
  results: CheckResult[],
): Promise<void> {
  const confirmed = differences.filter(({ isFinding }) => isFinding);
  const isComplete = results.every(({ incomplete }) => incomplete === null);
  const checks = results.map(
    ({ name, incomplete, notRead }): StoredCheck => ({
      name,
      differences: differences.filter(({ check }) => check === name).length,
      findings: confirmed.filter(({ check }) => check === name).length,
      incomplete,
      notRead: notRead.slice(0, maximumFindings),
    }),
  );
  await ctx.db
    .updateTable('reconciliations')
    .set({
      finished_at: ctx.clock.now(),
      is_complete: isComplete,
      findings: confirmed.length,
      unconfirmed: differences.length - confirmed.length,
      checks: JSON.stringify(checks),
      differences: JSON.stringify(bounded(differences)),
    })
    .where('id', '=', id)
    .execute();
  report(ctx, id, { findings: confirmed.length, isComplete });
}

function report(ctx: Ctx, id: string, outcome: { findings: number; isComplete: boolean }): void {
  const told = { reconciliationId: id, ...outcome };
  if (outcome.findings > 0) ctx.log.error(told, 'the ledger, our rows and Stripe differ');
  else if (!outcome.isComplete) ctx.log.warn(told, 'the reconciliation could not read everything');
  else ctx.log.info(told, 'reconciled');
}

/** What differed in the newest earlier reconciliation that has finished. */
async function lastSeen(ctx: Ctx, id: string): Promise<StoredDifference[]> {
  const row = await ctx.db
    .selectFrom('reconciliations')
    .select('differences')
    .where('finished_at', 'is not', null)
    .where('id', '<>', id)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.differences ?? [];
}

const keyOf = ({ check, subject, detail }: Pick<StoredDifference, 'check' | 'subject' | 'detail'>) =>
  [check, subject, detail].join('\n');

/** Findings first: if there are too many to keep all, those that have lasted are kept. */
const bounded = (differences: StoredDifference[]): StoredDifference[] =>
  differences.toSorted((a, b) => Number(b.isFinding) - Number(a.isFinding)).slice(0, maximumFindings);

async function forgetOld(ctx: Ctx): Promise<void> {
  await ctx.db
    .deleteFrom('reconciliations')
    .where('requested_at', '<', addMs(ctx.clock.now(), -keptForMs))
    .execute();
}
