import { sql } from 'kysely';
import { Registry } from 'prom-client';
import type { Ctx } from '../context.ts';
import type { StoredCheck } from '../db/tables/reconciliation.ts';
import { gaugeIn } from './gauge-in.ts';
import { readWaiting, showWaitingIn } from './waiting.ts';

/** What the database says at the moment of asking, as text; the same from every process. */
export type Gauges = { read(ctx: Ctx): Promise<string> };

export function createGauges(): Gauges {
  const registry = new Registry();
  const show = showIn(registry);
  const showWaiting = showWaitingIn(registry);
  return {
    read: async (ctx) => {
      const [waiting, ...rest] = await Promise.all([
        readWaiting(ctx),
        readOutbox(ctx),
        readCalls(ctx),
        readLast(ctx),
        readMoney(ctx),
      ]);
      showWaiting(waiting);
      show(...rest);
      return registry.metrics();
    },
  };
}

type Show = (outbox: Outbox, stripe: Calls, reconciled: Reconciled, money: Money) => void;
type Outbox = Awaited<ReturnType<typeof readOutbox>>;
type Calls = Awaited<ReturnType<typeof readCalls>>;
type Reconciled = Awaited<ReturnType<typeof readLast>>;
type Money = Awaited<ReturnType<typeof readMoney>>;

function showIn(registry: Registry): Show {
  const gauge = gaugeIn(registry);
  const tasks = gauge('outbox_tasks', 'Tasks of the outbox: waiting to run or to be repeated, or given up', [
    'state',
  ]);
  const lag = gauge(
    'outbox_oldest_due_age_seconds',
    'How long the oldest task has been due without being run',
  );
  const calls = gauge(
    'stripe_calls_unknown',
    'Calls to Stripe that were sent and whose outcome is not known',
  );
  const callAge = gauge(
    'stripe_calls_unknown_oldest_age_seconds',
    'How long ago the oldest of them was sent',
  );
  const findings = gauge(
    'reconciliation_findings',
    'Differences that have lasted, at the last reconciliation',
    ['check'],
  );
  const incomplete = gauge(
    'reconciliation_incomplete',
    '1 for a check that could not be completed last time',
    ['check'],
  );
  const unconfirmed = gauge(
    'reconciliation_unconfirmed',
    'Differences that have not lasted for long enough yet',
  );
  const completed = gauge(
    'reconciliation_last_complete_timestamp_seconds',
    'When the last reconciliation that could read everything was finished',
  );
  const moneyWaiting = gauge(
    'money_waiting',
    'Payments, refunds and disputes that wait for somebody to decide',
    ['what'],
  );
  return (outbox, stripe, reconciled, money) => {
    tasks.set({ state: 'waiting' }, outbox.waiting);
    tasks.set({ state: 'failed' }, outbox.failed);
    lag.set(outbox.lag_seconds);
    calls.set(stripe.unknown);
    callAge.set(Math.max(0, stripe.oldest_seconds));
    // Checks come and go with versions.
    findings.reset();
    incomplete.reset();
    for (const check of reconciled.checks) {
      findings.set({ check: check.name }, check.findings);
      incomplete.set({ check: check.name }, check.incomplete === null ? 0 : 1);
    }
    unconfirmed.set(reconciled.unconfirmed);
    completed.set(reconciled.completedAt);
    for (const [what, count] of Object.entries(money)) moneyWaiting.set({ what }, count);
  };
}

/** By the database's clock, as graphile-worker runs them. */
async function readOutbox(ctx: Ctx) {
  const { rows } = await sql<{ waiting: number; failed: number; lag_seconds: number }>`
    select count(*) filter (where attempts < max_attempts) as waiting,
      count(*) filter (where attempts >= max_attempts and locked_at is null) as failed,
      coalesce(extract(epoch from now() - min(run_at) filter (where is_available and run_at <= now())), 0)::float8
        as lag_seconds
    from graphile_worker._private_jobs`.execute(ctx.db);
  return rows[0]!;
}

async function readCalls(ctx: Ctx) {
  const { rows } = await sql<{ unknown: number; oldest_seconds: number }>`
    select count(*) as unknown,
      coalesce(extract(epoch from ${ctx.clock.now()}::timestamptz - min(first_sent_at)), 0)::float8 as oldest_seconds
    from stripe_calls where first_sent_at is not null and stripe_id is null`.execute(ctx.db);
  return rows[0]!;
}

async function readLast(ctx: Ctx) {
  const { rows } = await sql<{ checks: StoredCheck[]; unconfirmed: number; completed_at: Date | null }>`
    select checks, unconfirmed,
      (select max(finished_at) from reconciliations where is_complete) as completed_at
    from reconciliations where finished_at is not null
    order by requested_at desc, id desc limit 1`.execute(ctx.db);
  return {
    checks: rows[0]?.checks ?? [],
    unconfirmed: rows[0]?.unconfirmed ?? 0,
    completedAt: (rows[0]?.completed_at?.getTime() ?? 0) / 1000,
  };
}

/** What admins find at /api/admin/refunds, chargebacks, payments and disputes; counted by small partial indexes. */
async function readMoney(ctx: Ctx) {
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from refunds where status = 'failed') as failed_refund,
      (select count(*) from reversals where succeeded_at is null and given_up_at is null) as open_reversal,
      (select count(*) from chargebacks where outcome is null) as open_chargeback,
      (select count(*) from chargebacks where returned_minor > settled_minor) as returned_chargeback,
      (select count(*) from payment_freezes where lifted_at is null and cause = 'fraud_warning') as fraud_warning,
      (select count(*) from payment_freezes where lifted_at is null and cause = 'admin') as frozen_by_admin,
      (select count(*) from disputes where state in ('open', 'answered')) as open_dispute`.execute(ctx.db);
  return rows[0]!;
}
