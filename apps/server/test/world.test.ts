import { afterAll, beforeAll, expect, test } from 'vitest';
import { enqueue } from '../src/outbox/enqueue.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const query = async (sql: string) => (await world.ctx.pool.query(sql)).rows;

test('draining ends when the end of each task is written, however long the database takes for it', async () => {
  // The end of a task is the only write that makes its lock or its row go away.
  await query(`
    create function be_slow() returns trigger language plpgsql as $$
      begin perform pg_sleep(0.5); return coalesce(new, old); end $$;
    create trigger slow_to_fail before update on graphile_worker._private_jobs for each row
      when (old.locked_at is not null and new.locked_at is null) execute function be_slow();
    create trigger slow_to_complete before delete on graphile_worker._private_jobs for each row
      execute function be_slow()`);
  // Nothing is to be done about this event; the payout does not exist.
  await query("insert into stripe_events (id, type, received_at) values ('evt_any', 'any', now())");
  await enqueue(world.ctx.db, 'webhooks.apply', { eventId: 'evt_any' });
  await enqueue(world.ctx.db, 'payouts.send', { payoutId: 'pout_none' });
  await world.drain();
  const left = await query(
    'select task_identifier, locked_at, attempts, last_error from graphile_worker.jobs',
  );
  expect(left).toEqual([
    { task_identifier: 'payouts.send', locked_at: null, attempts: 1, last_error: expect.any(String) },
  ]);
});
