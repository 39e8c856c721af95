import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startWorld, type World } from '../../test/world.ts';
import { createContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { createLog } from '../log.ts';
import { freeTasksOfTheDead, giveLifeSign } from './alive.ts';
import { enqueue } from './enqueue.ts';
import { handlers } from './tasks.ts';
import { type OutboxWorker, type Sweep, startWorker, type TaskHandlers } from './worker.ts';

let world: World;
let workers: OutboxWorker[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent' } });
});

afterAll(() => world.stop());

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const worker of workers.splice(0)) await worker.stop();
  await query(
    'truncate graphile_worker._private_jobs, graphile_worker._private_job_queues, outbox_workers cascade',
  );
});

const query = async (sql: string, values: unknown[] = []) => (await world.ctx.pool.query(sql, values)).rows;

const tasks = () =>
  query('select key, locked_by, attempts, last_error from graphile_worker.jobs order by created_at, id');

const queue = (payoutId: string, options: Parameters<typeof enqueue>[3] = {}) =>
  enqueue(world.ctx.db, 'payouts.send', { payoutId }, options);

async function work(send: TaskHandlers['payouts.send'], sweeps: Sweep[] = []): Promise<OutboxWorker> {
  const worker = await startWorker(world.ctx, { ...handlers, 'payouts.send': send }, sweeps, {
    beatEveryMs: 20,
  });
  workers.push(worker);
  return worker;
}

/** A gate that tasks wait at. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

test('a task exists exactly if the change that caused it does', async () => {
  await inTransaction(world.ctx.db, (tx) => enqueue(tx, 'payouts.send', { payoutId: 'kept' }));
  await expect(
    inTransaction(world.ctx.db, async (tx) => {
      await enqueue(tx, 'payouts.send', { payoutId: 'lost' });
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await tasks()).toHaveLength(1);
});

test('a key replaces the waiting task of the same key', async () => {
  await queue('a', { key: 'payout:a' });
  await queue('a', { key: 'payout:a' });
  await queue('b', { key: 'payout:b' });
  expect((await tasks()).map((task) => task.key)).toEqual(['payout:a', 'payout:b']);
});

test('a new task is done at once, with the payload that was given', async () => {
  const seen: string[] = [];
  await work(async (_ctx, { payoutId }) => void seen.push(payoutId));
  await queue('po_1');
  await expect.poll(() => seen, { interval: 5 }).toEqual(['po_1']);
  await expect.poll(tasks).toEqual([]);
});

test('a task of a lower priority goes before those that wait already', async () => {
  for (let index = 0; index < 50; index += 1) await queue(`po_${index}`);
  await queue('urgent', { priority: -10 });
  const seen: string[] = [];
  await work(async (_ctx, { payoutId }) => void seen.push(payoutId));
  await expect.poll(() => seen.length).toBe(51);
  // One for each of the worker's hands, which take theirs at the same time.
  expect(seen.indexOf('urgent')).toBeLessThan(8);
});

test('a task that failed is tried again until it succeeds: at least once, not at most once', async () => {
  let tries = 0;
  await work(async () => {
    tries += 1;
    if (tries < 3) throw new Error(`failure ${tries}`);
  });
  await queue('po_1');
  await expect
    .poll(async () => {
      // As if the back-off were over.
      await query('update graphile_worker._private_jobs set run_at = now() where locked_at is null');
      return tries;
    })
    .toBe(3);
  await expect.poll(tasks).toEqual([]);
});

test('two workers do each task once', async () => {
  const seen: string[] = [];
  const send = async (_ctx: unknown, { payoutId }: { payoutId: string }) => void seen.push(payoutId);
  await work(send);
  await work(send);
  await Promise.all(Array.from({ length: 200 }, (_, index) => queue(`po_${index}`)));
  await expect.poll(tasks).toEqual([]);
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
});

test('stopping lets running tasks finish and starts no others', async () => {
  const { open, opened } = gate();
  onTestFinished(open);
  const seen: string[] = [];
  const worker = await work(async (_ctx, { payoutId }) => {
    seen.push(payoutId);
    await opened;
  });
  await queue('running');
  await expect.poll(() => seen).toEqual(['running']);
  let isStopped = false;
  const stopped = worker.stop().then(() => {
    isStopped = true;
  });
  workers = [];
  await queue('later');
  // Alive to the end: another process must not take the task away while it is finishing.
  for (let beat = 0; beat < 5; beat += 1) await freeTasksOfTheDead(world.ctx, 0);
  expect((await tasks()).map((task) => task.locked_by !== null)).toEqual([true, false]);
  expect(isStopped).toBe(false);
  open();
  await stopped;
  expect(seen).toEqual(['running']);
  expect((await tasks()).map((task) => task.locked_by)).toEqual([null]);
  expect(await query('select from outbox_workers')).toEqual([]);
});

test('kill -9 of a process frees its tasks at the next beat of another, which does them', async () => {
  const { ctx } = world;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../test/hold-a-task.ts', import.meta.url)), ctx.config.databaseUrl],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.push(child);
  const died = once(child, 'exit');
  await queue('po_1');
  await once(child.stdout, 'data');
  // Its worker says so a moment after it was made.
  await expect.poll(() => query('select from outbox_workers')).toHaveLength(1);
  for (let beat = 0; beat < 3; beat += 1) await freeTasksOfTheDead(ctx, 0);
  expect((await tasks()).map((task) => task.locked_by !== null)).toEqual([true]);
  const seen: string[] = [];
  await work(async (_ctx, { payoutId }) => void seen.push(payoutId));
  expect(seen).toEqual([]);
  const killedAt = performance.now();
  child.kill('SIGKILL');
  await died;
  await expect.poll(() => seen, { interval: 5 }).toEqual(['po_1']);
  // Nothing but PostgreSQL noticing the broken connection and one beat, five seconds outside of tests.
  expect(performance.now() - killedAt).toBeLessThan(20_000);
  await expect.poll(tasks).toEqual([]);
});

test('a worker that died before it could say that it lives is found by the age of its lock', async () => {
  await queue('old');
  await queue('new');
  await query(
    "update graphile_worker._private_jobs set locked_by = 'ghost', locked_at = now() - interval '11 seconds' where payload->>'payoutId' = 'old'",
  );
  await query(
    "update graphile_worker._private_jobs set locked_by = 'young ghost', locked_at = now() - interval '9 seconds' where payload->>'payoutId' = 'new'",
  );
  await freeTasksOfTheDead(world.ctx);
  expect((await tasks()).map((task) => task.locked_by)).toEqual([null, 'young ghost']);
});

test('a live worker keeps its task however long it takes', async () => {
  const lifeSign = await giveLifeSign(world.ctx);
  onTestFinished(lifeSign.release);
  await lifeSign.register('slow');
  await queue('long');
  await query(
    "update graphile_worker._private_jobs set locked_by = 'slow', locked_at = now() - interval '3 hours'",
  );
  await freeTasksOfTheDead(world.ctx);
  expect((await tasks()).map((task) => task.locked_by)).toEqual(['slow']);
});

test('a lost connection is renewed, and who was struck off meanwhile is written down again', async () => {
  const lifeSign = await giveLifeSign(world.ctx);
  onTestFinished(lifeSign.release);
  await lifeSign.register('mine');
  const holder = `select pid from pg_locks where locktype = $1 and classid = $2 and granted
    and database = (select oid from pg_database where datname = current_database())`;
  const [before] = await query(holder, ['advisory', 4_127_002]);
  await query('select pg_terminate_backend($1)', [before!.pid]);
  await expect.poll(() => query(holder, ['advisory', 4_127_002])).toEqual([]);
  await freeTasksOfTheDead(world.ctx);
  expect(await query('select worker_id from outbox_workers')).toEqual([]);
  await expect
    .poll(async () => {
      await lifeSign.renew();
      return query(holder, ['advisory', 4_127_002]);
    })
    .toHaveLength(1);
  expect(await query('select worker_id from outbox_workers')).toEqual([{ worker_id: 'mine' }]);
  await freeTasksOfTheDead(world.ctx);
  expect(await query('select worker_id from outbox_workers')).toHaveLength(1);
});

test('a worker that could not be registered at first is registered by the next renewal', async () => {
  const lifeSign = await giveLifeSign(world.ctx);
  onTestFinished(lifeSign.release);
  await query('alter table outbox_workers add constraint closed check (false) not valid');
  await expect(lifeSign.register('unlucky')).rejects.toThrow();
  await query('alter table outbox_workers drop constraint closed');
  await lifeSign.renew();
  expect(await query('select worker_id from outbox_workers')).toEqual([{ worker_id: 'unlucky' }]);
});

test('a sweep that fails, however it fails, keeps neither the others nor the next beat from running', async () => {
  const runs: string[] = [];
  const sweeps: Sweep[] = [
    { name: 'rejects', run: () => Promise.reject(new Error('rejected')) },
    {
      name: 'throws',
      run: () => {
        throw new Error('thrown');
      },
    },
    { name: 'works', run: async () => void runs.push('works') },
  ];
  const worker = await work(async () => {}, sweeps);
  await expect.poll(() => runs.length).toBeGreaterThan(3);
  await worker.sweep();
});

test('a sweep that hangs does not keep the tasks of the dead locked', async () => {
  const { open, opened } = gate();
  await work(async () => {}, [{ name: 'hangs', run: () => opened }]);
  await query('select graphile_worker.add_job($1, $2)', ['unknown', '{}']);
  await query(
    "update graphile_worker._private_jobs set locked_by = 'ghost', locked_at = now() - interval '1 minute'",
  );
  await expect.poll(async () => (await tasks()).map((task) => task.locked_by)).toEqual([null]);
  open();
});

test('a worker whose database is not there fails to start, and says so', async () => {
  const config = { ...world.ctx.config, databaseUrl: 'postgres://127.0.0.1:9/nothing' };
  const ctx = createContext(config, world.clock, createLog('silent'));
  await expect(startWorker(ctx, handlers, [])).rejects.toThrow();
  await ctx.pool.end();
});
