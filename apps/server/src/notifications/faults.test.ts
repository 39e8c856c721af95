import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPerson, type Person } from '../../test/people.ts';
import { type Post, startPost, toldTo } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { addMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { handlers, sweeps } from '../outbox/tasks.ts';
import { type OutboxWorker, startWorker } from '../outbox/worker.ts';
import { leaseMs } from './claim.ts';
import { deliverNotifications, notify } from './notifications.ts';

let world: World;
let post: Post;
let clara: Person;
let worker: OutboxWorker | undefined;
const children: ChildProcess[] = [];

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ config: { logLevel: 'silent' } });
});
afterAll(() => world.stop());

beforeEach(async () => {
  post.answer = () => undefined;
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  // The other process follows the computer's clock.
  world.clock.set(new Date());
  clara = await createPerson(world, { role: 'customer' });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await worker?.stop();
  worker = undefined;
  await world.ctx.db.deleteFrom('notifications').execute();
});

async function tell(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${clara.id} ${index}`);
  for (const about of names)
    await inTransaction(world.ctx.db, (tx) =>
      notify(world.ctx, tx, [{ to: clara.id, type: 'booking.confirmed', about, data: { jobTitle: about } }]),
    );
  return names;
}

const work = async (senders = post.senders) => {
  worker = await startWorker(
    world.ctx,
    { ...handlers, 'notifications.deliver': deliverNotifications(senders) },
    sweeps.filter(({ name }) => /notifications|messages/.test(name)),
    { beatEveryMs: 50 },
  );
};

const pushedJobs = () => post.sent.push.map(({ data }) => data.jobTitle!).toSorted();

test('a worker that is killed with -9 in the middle of a batch costs one more push of each, and no mail', async () => {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../test/hold-a-push.ts', import.meta.url)), world.ctx.config.databaseUrl],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.push(child);
  const died = once(child, 'exit');
  const names = await tell(20);
  let said = '';
  child.stdout.on('data', (data) => {
    said += String(data);
  });
  const pushed = () =>
    said
      .split('\n')
      .filter((line) => line.endsWith(']'))
      .flatMap((line) => JSON.parse(line) as string[]);
  await expect.poll(() => pushed().length).toBe(20);
  child.kill('SIGKILL');
  await died;
  world.clock.set(new Date());
  await work();
  // Whatever this one finds, it is not what the dead one had taken: nobody knows yet that it is dead.
  await expect.poll(waitingTasks).toBe(0);
  expect(post.sent.push).toEqual([]);
  world.clock.set(addMs(world.clock.now(), leaseMs));
  await expect.poll(() => post.sent.push.length).toBe(20);
  await expect.poll(() => post.sent.email.length).toBe(20);
  expect(pushedJobs()).toEqual(names.toSorted());
  world.clock.set(addMs(world.clock.now(), 3 * leaseMs));
  await worker!.sweep();
  await expect.poll(waitingTasks).toBe(0);
  expect(post.sent.push).toHaveLength(20);
  expect(post.sent.email).toHaveLength(20);
  expect(new Set(pushed()).size).toBe(20);
});

async function waitingTasks(): Promise<number> {
  const { rows } = await world.ctx.pool.query('select count(*)::int from graphile_worker._private_jobs');
  return rows[0].count;
}

test('a database that is restarted again and again delays what is told and loses nothing', async () => {
  const restart = async () => {
    const { rows } = await world.ctx.pool
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      .catch(() => ({ rows: [] }));
    return rows.length;
  };
  // Each batch takes a while, so that restarts come before, during and after it.
  await work({
    ...post.senders,
    push: async (ctx, parcels) => {
      await restart();
      return post.senders.push(ctx, parcels);
    },
  });
  const names: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    for (let index = 0; index < 5; index += 1) {
      const about = `${clara.id} ${round} ${index}`;
      await untilDone(() =>
        inTransaction(world.ctx.db, (tx) =>
          notify(world.ctx, tx, [
            { to: clara.id, type: 'booking.confirmed', about, data: { jobTitle: about } },
          ]),
        ),
      );
      names.push(about);
    }
    await restart();
  }
  await expect
    .poll(
      async () => {
        // Leases and back-offs pass.
        world.clock.set(addMs(world.clock.now(), leaseMs / 2));
        await world.ctx.pool
          .query('update graphile_worker._private_jobs set run_at = now() where locked_at is null')
          .catch(() => undefined);
        return unsent().catch(() => -1);
      },
      { timeout: 90_000, interval: 200 },
    )
    .toBe(0);
  expect(new Set(pushedJobs())).toEqual(new Set(names));
  expect(new Set(post.sent.email.map(({ data }) => data.jobTitle))).toEqual(new Set(names));
  await worker!.stop();
  worker = undefined;
  expect(await toldTo(clara)).toHaveLength(50);
});

async function unsent(): Promise<number> {
  const { rows } = await world.ctx.pool.query(
    "select count(*)::int from notification_deliveries where user_id = $1 and state <> 'sent'",
    [clara.id],
  );
  return rows[0].count;
}

/** What its caller would do: the same again, which tells nothing twice. */
async function untilDone(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (attempt >= 20) throw error;
    }
  }
}
