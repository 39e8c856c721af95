import { payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPair, earn, type MoneyWorld, startMoneyWorld } from '../../test/money-world.ts';
import { startWorld } from '../../test/world.ts';
import { createApp } from '../app.ts';
import { hourMs } from '../clock.ts';
import { createContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { createLog } from '../log.ts';
import { notify } from '../notifications/notifications.ts';

const metricsToken = 'a-token-for-prometheus-1';

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld({
    reconcilesByClock: true,
    config: { logLevel: 'silent', metricsToken },
  });
});
afterAll(() => world.stop());

const ask = (token?: string) =>
  fetch(`${world.url}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

/** The values of a metric by their labels. */
async function read(name: string): Promise<Record<string, number>> {
  const text = await (await ask(metricsToken)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`holdfast_${name}`));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(`holdfast_${name}`.length, at), Number(line.slice(at + 1))];
    }),
  );
}

test('only who has the token may read them', async () => {
  const answers = await Promise.all(
    [undefined, 'x'.repeat(metricsToken.length), `${metricsToken}x`, 'short', metricsToken].map(ask),
  );
  expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 200]);
  expect(answers[4]!.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
  expect(answers[0]!.headers.get('www-authenticate')).toBe('Bearer');
  for (const answer of answers) await answer.bytes();
});

test('without a token there is no such path', async () => {
  const bare = await startWorld();
  const answer = await fetch(`${bare.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  expect(answer.status).toBe(404);
  await answer.bytes();
  await bare.stop();
});

test('requests are counted by the pattern of their route, not by their path', async () => {
  for (const path of ['/api/jobs/job_0000000000000000000000', '/api/me', '/no/such/path', '/another'])
    await (await fetch(`${world.url}${path}`)).bytes();
  const counts = await read('http_request_duration_seconds_count');
  expect(counts).toMatchObject({
    '{method="GET",route="/api/jobs/:id",status="401"}': 1,
    '{method="GET",route="/api/me",status="401"}': 1,
    '{method="GET",route="none",status="404"}': 2,
  });
  expect(Object.keys(counts).join()).not.toMatch(/job_|no\/such/);
});

test('the process tells of itself', async () => {
  const text = await (await ask(metricsToken)).text();
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});

test('tasks that wait and tasks that gave up are counted, and how long the oldest is due', async () => {
  expect(await read('outbox_tasks')).toEqual({ '{state="waiting"}': 0, '{state="failed"}': 0 });
  await sql`select graphile_worker.add_job('nothing', run_at => now() - interval '90 seconds') from generate_series(1, 2)`.execute(
    world.ctx.db,
  );
  await sql`select graphile_worker.add_job('later', run_at => now() + interval '1 hour')`.execute(
    world.ctx.db,
  );
  await sql`select graphile_worker.add_job('over', max_attempts => 1)`.execute(world.ctx.db);
  await sql`update graphile_worker._private_jobs set attempts = 1 where max_attempts = 1`.execute(
    world.ctx.db,
  );
  expect(await read('outbox_tasks')).toEqual({ '{state="waiting"}': 3, '{state="failed"}': 1 });
  const { '': lag } = await read('outbox_oldest_due_age_seconds');
  expect(lag).toBeGreaterThanOrEqual(90);
  expect(lag).toBeLessThan(180);
  await sql`delete from graphile_worker._private_jobs`.execute(world.ctx.db);
  expect(await read('outbox_oldest_due_age_seconds')).toEqual({ '': 0 });
});

test('notifications that are due and cannot be sent are counted by channel', async () => {
  await world.settle();
  expect(await read('notifications_due')).toEqual({
    '{channel="push"}': 0,
    '{channel="email"}': 0,
    '{channel="pusher"}': 0,
  });
  await createPair(world, { isOnboarded: false });
  const { rows } = await sql<{ id: string }>`select id from users limit 2`.execute(world.ctx.db);
  const [one, other] = rows.map(({ id }) => id);
  await inTransaction(world.ctx.db, (tx) =>
    notify(world.ctx, tx, [
      { to: one!, type: 'account.signed_in', about: 'metrics' },
      { to: other!, type: 'account.signed_in', about: 'metrics' },
    ]),
  );
  await sql`update notification_deliveries set held_for = 'quiet'
    where channel = 'email' and user_id = ${other}`.execute(world.ctx.db);
  expect(await read('notifications_due')).toMatchObject({ '{channel="push"}': 2, '{channel="email"}': 1 });
  await sql`delete from notification_deliveries`.execute(world.ctx.db);
});

test('what waits for an admin in the chat is counted', async () => {
  const waiting = { '{what="held_message"}': 0, '{what="open_report"}': 0 };
  expect(await read('moderation_waiting')).toEqual(waiting);
  await createPair(world, { isOnboarded: false });
  await sql`insert into reports (id, reporter_id, user_id, reason, description, created_at)
    select 'rep_metrics', min(id), max(id), 'spam', '', now() from users`.execute(world.ctx.db);
  expect(await read('moderation_waiting')).toEqual({ ...waiting, '{what="open_report"}': 1 });
});

test('calls without an outcome are counted, with the age of the oldest', async () => {
  expect(await read('stripe_calls_unknown')).toEqual({ '': 0, _oldest_age_seconds: 0 });
  const pair = await createPair(world);
  await earn(world, pair);
  await world.sandbox.control.injectFault({
    method: 'POST',
    path: '/v1/payouts',
    times: 2,
    kind: 'reset',
    when: 'after',
  });
  await world.sandbox.control.holdWebhooks();
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'w' });
  await world.drain();
  await world.sandbox.clock.advance(50_000);
  const told = await read('stripe_calls_unknown');
  expect(told['']).toBe(1);
  expect(told._oldest_age_seconds).toBeGreaterThanOrEqual(50);
  await world.sandbox.control.releaseWebhooks();
  await world.retryTasks();
  expect((await read('stripe_calls_unknown'))['']).toBe(0);
});

test('findings are told per check, with the time of the last complete reconciliation', async () => {
  const name =
    '{check="every release, and what a chargeback gave back, is exactly one transfer at Stripe, and back"}';
  await world.advance(hourMs);
  expect(await read('reconciliation_findings')).toMatchObject({ [name]: 0 });
  const at = (await read('reconciliation_last_complete_timestamp_seconds'))[''];
  expect(at).toBeGreaterThan(world.ctx.clock.now().getTime() / 1000 - 60);
  await sql`update payments set stripe_transfer_id = 'tr_nowhere'`.execute(world.ctx.db);
  await world.advance(hourMs);
  expect((await read('reconciliation_unconfirmed'))['']).toBeGreaterThan(0);
  expect(await read('reconciliation_findings')).toMatchObject({ [name]: 0 });
  await world.advance(hourMs);
  // One that is not there, and one that nobody of us knows.
  expect(await read('reconciliation_findings')).toMatchObject({ [name]: 2 });
  expect(await read('reconciliation_incomplete')).toMatchObject({ [name]: 0 });
});

test('without a database the rest is still told, and that it is not there', async () => {
  const config = { ...world.ctx.config, databaseUrl: 'postgres://127.0.0.1:9/nothing' };
  const ctx = createContext(config, world.ctx.clock, createLog('silent'));
  const app = await createApp(ctx);
  const answer = await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${metricsToken}` } });
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toContain('holdfast_database_up 0');
  expect(answer.body).not.toContain('holdfast_stripe_calls_unknown');
  expect(answer.body).toMatch(/^process_cpu_seconds_total /m);
  await app.close();
  await ctx.pool.end();
});

test('what waits for an admin is counted', async () => {
  const waiting = await read('money_waiting');
  expect(Object.keys(waiting).sort()).toEqual(
    [
      'failed_refund',
      'fraud_warning',
      'frozen_by_admin',
      'open_chargeback',
      'open_dispute',
      'open_reversal',
      'returned_chargeback',
    ].map((what) => `{what="${what}"}`),
  );
  const pair = await createPair(world);
  const payment = await earn(world, pair);
  await world.sandbox.control.warnOfFraud(payment.stripePaymentId!);
  await world.sandbox.control.openDispute(payment.stripePaymentId!, {});
  await world.settle();
  expect(await read('money_waiting')).toMatchObject({
    '{what="fraud_warning"}': waiting['{what="fraud_warning"}']! + 1,
    '{what="open_chargeback"}': waiting['{what="open_chargeback"}']! + 1,
  });
});
