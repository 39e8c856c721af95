import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@holdfast/client';
import { jobs, payments } from '@holdfast/contract';
import type { WebSocket } from 'ws';
import { systemClock } from '../apps/server/src/clock.ts';
import type { FcmConfig } from '../apps/server/src/config-push.ts';
import { type Ctx, closeContext, createContext } from '../apps/server/src/context.ts';
import { migrate } from '../apps/server/src/db/migrate.ts';
import { createLog } from '../apps/server/src/log.ts';
import { enqueue } from '../apps/server/src/outbox/enqueue.ts';
import { createPerson, type Person } from '../apps/server/test/people.ts';
import { configOf } from './bench-config.ts';
import { closeConnections, openConnections } from './chat/connections.ts';
import { runLoad } from './chat/load.ts';
import { makePairs, type Pair, tokensOf } from './chat/pairs.ts';
import { startDurablePostgres } from './chat/postgres.ts';
import { plainProtocol } from './chat/protocols.ts';
import { processorTimeOf, processorTimeOfFamily, startChild } from './child.ts';
import { seedContractors } from './fanout/contractors.ts';
import type { FanoutSettings, FanoutStarted } from './fanout/serve-holdfast.ts';

/**
 * What a job that suits 100,000 contractors does to everybody else: `node bench/fanout.ts [matching contractors]
 * [everything | apart] [messages a second] [pairs]`. Chat, reading payments, and how long money's tasks wait in the outbox,
 * first alone and then while all are told; `apart` runs the outbox in a process of its own. Fails if telling and pushing
 * takes more than a minute for each 100,000.
 */
const [matching = 100_000, , rate = 200, pairCount = 50] = process.argv.slice(2).map(Number);
const isApart = process.argv[3] === 'apart';
const limitSeconds = 60 * Math.max(1, matching / 100_000);
const calmSeconds = 15;
const stepSeconds = 5;
const mostSeconds = 600;

type Disturbance = { chat: number[]; reads: number[]; tasks: number[]; lost: number };

const quantile = (times: readonly number[], part: number) =>
  times.toSorted((one, other) => one - other)[Math.min(times.length - 1, Math.floor(times.length * part))] ??
  Number.NaN;
const row = (name: string, times: readonly number[]) =>
  `  ${name.padEnd(44)}${[0.5, 0.95, 0.99, 1].map((part) => quantile(times, part).toFixed(1).padStart(9)).join('')}`;

function report(title: string, { chat, reads, tasks, lost }: Disturbance): void {
  console.log(`${title.padEnd(46)}      p50      p95      p99      max (ms)`);
  console.log(row('a message until it is acknowledged', chat));
  console.log(row('GET /api/payments/history', reads));
  console.log(row("a money's task until the outbox has done it", tasks));
  if (lost > 0) console.log(`  ${lost} MESSAGES REFUSED OR LOST`);
}

/** Goes on, in steps, until it is told that it may end. */
async function observe(
  ctx: Ctx,
  stage: { sockets: WebSocket[]; pairs: Pair[]; reader: Person['client'] },
  isOver: () => Promise<boolean>,
): Promise<Disturbance> {
  const seen: Disturbance = { chat: [], reads: [], tasks: [], lost: 0 };
  let isWatching = true;
  const every = async (ms: number, times: number[], act: () => Promise<unknown>) => {
    while (isWatching) {
      const startedAt = performance.now();
      await act();
      times.push(performance.now() - startedAt);
      await delay(ms);
    }
  };
  const watching = [
    every(50, seen.reads, () => stage.reader.call(payments.history, { query: {} })),
    every(100, seen.tasks, () => moneyTask(ctx)),
  ];
  do {
    const load = await runLoad(plainProtocol, stage.sockets, stage.pairs, rate, stepSeconds);
    seen.chat.push(...load.untilAccepted);
    seen.lost += load.lost;
  } while (!(await isOver()));
  isWatching = false;
  await Promise.all(watching);
  return seen;
}

let taskCount = 0;

/** One that finds nothing to do; what is measured is how long it waits. */
async function moneyTask(ctx: Ctx): Promise<void> {
  taskCount += 1;
  const key = `bench ${taskCount}`;
  await enqueue(
    ctx.db,
    'payments.allocate-withdrawals',
    { userId: `usr_${'0'.repeat(22)}`, currency: 'eur' },
    { key },
  );
  for (;;) {
    const { rowCount } = await ctx.pool.query('select from graphile_worker._private_jobs where key = $1', [
      key,
    ]);
    if (rowCount === 0) return;
    await delay(3);
  }
}

/** Looked at by what is left to do, which is cheap: counting a hundred thousand rows again and again would be felt. */
async function watchTelling(ctx: Ctx): Promise<{ toldAfter: number; sentAfter: number }> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  let toldAfter = Number.NaN;
  for (;;) {
    const { rows } = await ctx.pool.query(`select
      exists (select from graphile_worker._private_jobs jobs join graphile_worker._private_tasks tasks on tasks.id = task_id
        where identifier = 'jobs.tell-contractors') as is_telling,
      exists (select from notification_deliveries
        where channel = 'push' and state = 'queued' and held_for is null and carried_by is null) as is_sending`);
    const { is_telling: isTelling, is_sending: isSending } = rows[0];
    if (!isTelling && Number.isNaN(toldAfter)) toldAfter = seconds();
    if (!isTelling && !isSending) return { toldAfter, sentAfter: seconds() };
    if (seconds() > mostSeconds) throw new Error('not done in time');
    await delay(250);
  }
}

type Counts = { told: number; sent: number; held: number };

async function countAll(ctx: Ctx): Promise<Counts> {
  const { rows } = await ctx.pool.query<Counts>(`select
    (select count(*)::int from notifications where type = 'job.posted') as told,
    (select count(*)::int from notification_deliveries where channel = 'push' and state = 'sent') as sent,
    (select count(*)::int from notification_deliveries where held_for is not null) as held`);
  return rows[0]!;
}

const postJob = (customer: Person, url: string) =>
  createClient(url)
    .as(customer.accessToken)
    .call(jobs.create, {
      body: {
        title: 'Repaint a kitchen',
        description: 'Two walls and the ceiling, about 30 square metres.',
        category: 'painting',
        budget: { amount: 45_000, currency: 'eur' },
        place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
      },
    });

/** Processor time so far, in seconds, of what takes part. */
type Costs = () => Promise<Record<string, number>>;

async function play(ctx: Ctx, servers: FanoutStarted, costs: Costs): Promise<void> {
  const pairs = await makePairs(ctx, pairCount);
  const customer = await createPerson({ ctx, client: createClient(servers.http) }, { role: 'customer' });
  const sockets = await openConnections(plainProtocol, servers.socket, tokensOf(pairs));
  const stage = { sockets, pairs, reader: createClient(servers.http).as(customer.accessToken) };
  await runLoad(plainProtocol, sockets, pairs, rate, 2);
  const calmUntil = performance.now() + calmSeconds * 1000;
  report('alone', await observe(ctx, stage, async () => performance.now() > calmUntil));
  const before = await costs();
  await postJob(customer, servers.http);
  let isDone = false;
  const telling = watchTelling(ctx).finally(() => {
    isDone = true;
  });
  report(`while ${matching} are told`, await observe(ctx, stage, async () => isDone));
  const { toldAfter, sentAfter } = await telling;
  const after = await costs();
  const end = await countAll(ctx);
  console.log(
    `${end.told} told after ${toldAfter.toFixed(1)} s, ${end.sent} pushed after ${sentAfter.toFixed(1)} s; ${end.held} wait for the end of quiet hours`,
  );
  const spent = Object.entries(after).map(
    ([name, seconds]) => `${name} ${(seconds - before[name]!).toFixed(1)} s`,
  );
  console.log(`processor time meanwhile, chat included: ${spent.join(', ')}`);
  if (sentAfter > limitSeconds || end.told !== matching) process.exitCode = 1;
  await closeConnections(sockets);
}

const load = () =>
  `load of the machine: ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`;
console.log(
  `${matching} matching contractors; ${rate} messages a second in ${pairCount} rooms; the outbox ${isApart ? 'in a process of its own' : 'inside the server'}; PostgreSQL with fsync; ${load()}`,
);
const postgres = await startDurablePostgres();
try {
  await migrate(postgres.url);
  const base = { databaseUrl: postgres.url, uploadDir: '/nonexistent' };
  const ctx = createContext(configOf(base), systemClock, createLog('error'));
  await seedContractors(ctx, matching);
  const fcm = await startChild<FcmConfig>('push/serve-fcm.ts', {});
  const start = (part: FanoutSettings['part']) =>
    startChild<FanoutStarted>('fanout/serve-holdfast.ts', { ...base, fcm: fcm.started, part });
  const children = isApart ? [await start('server'), await start('worker')] : [await start('everything')];
  try {
    const ofProcess = async (pid: number) => ((await processorTimeOf(pid)) ?? Number.NaN) / 1000;
    await play(ctx, children[0]!.started, async () => ({
      server: await ofProcess(children[0]!.pid),
      ...(children[1] === undefined ? {} : { worker: await ofProcess(children[1].pid) }),
      PostgreSQL: ((await processorTimeOfFamily(postgres.pid)) ?? Number.NaN) / 1000,
      'the stand-in for Firebase': await ofProcess(fcm.pid),
    }));
  } finally {
    for (const child of [...children, fcm]) await child.stop();
    await closeContext(ctx);
  }
} finally {
  await postgres.stop();
}
console.log(load());
