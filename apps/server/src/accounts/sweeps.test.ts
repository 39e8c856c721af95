import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs, hourMs } from '../clock.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const count = async (table: string) =>
  Number((await world.ctx.pool.query(`select count(*) from ${table}`)).rows[0].count);
const register = (email: string) =>
  world.client.call(accounts.register, {
    body: { role: 'customer', email, password: 'a long enough secret', name: 'Ada' },
  });

test('old codes, sessions, unproven accounts, idempotency keys and windows are forgotten, the rest stays', async () => {
  const kept = await createPerson(world, { role: 'customer' });
  const body = { email: kept.email, password: kept.password };
  await world.client.call(accounts.login, { body });
  const ended = await world.client.call(accounts.login, { body });
  await world.client.as(ended.accessToken).call(accounts.logout);
  await register('never@example.org');
  await world.client.call(accounts.forgotPassword, { body: { email: 'nobody@example.org' } });
  await world.ctx.db
    .insertInto('idempotency_keys')
    .values({
      user_id: kept.id,
      key: 'k',
      request_hash: Buffer.alloc(32),
      leased_until: world.clock.now(),
      created_at: world.clock.now(),
    })
    .execute();
  await world.sweep();
  const counts = async () => ({
    codes: await count('one_time_codes'),
    sessions: await count('sessions'),
    refreshTokens: await count('refresh_tokens'),
    users: await count('users'),
    keys: await count('idempotency_keys'),
    windows: (await count('rate_limits')) > 0,
  });
  expect(await counts()).toEqual({
    codes: 2,
    sessions: 3,
    refreshTokens: 2,
    users: 2,
    keys: 1,
    windows: true,
  });
  world.clock.advance(3 * hourMs);
  await world.sweep();
  expect(await counts()).toMatchObject({ codes: 0, users: 2, keys: 1 });
  world.clock.advance(7 * dayMs);
  await world.sweep();
  expect(await counts()).toMatchObject({ users: 1, keys: 0, sessions: 3, windows: false });
  world.clock.advance(24 * dayMs);
  await world.sweep();
  expect(await counts()).toMatchObject({ sessions: 2, refreshTokens: 1 });
  world.clock.advance(30 * dayMs);
  await world.sweep();
  expect(await counts()).toEqual({
    codes: 0,
    sessions: 1,
    refreshTokens: 0,
    users: 1,
    keys: 0,
    windows: false,
  });
  expect((await kept.client.call(accounts.me)).id).toBe(kept.id);
});

test('a sweep removes more than one batch', async () => {
  await world.ctx.pool.query(
    `insert into rate_limits select 'k' || n, $1, 1 from generate_series(1, 2500) n`,
    [world.clock.now()],
  );
  await world.sweep();
  expect(await count("rate_limits where key ~ '^k[0-9]'")).toBe(0);
});

test('a code that waited for the mail server is sent, one that waited for hours is not', async () => {
  await register('soon@example.org');
  world.clock.advance(hourMs / 2);
  await world.sweep();
  await register('late@example.org');
  world.clock.advance(2 * hourMs);
  await world.drain();
  expect(world.mailbox.messages().map((mail) => mail.to[0])).toContain('soon@example.org');
  expect(world.mailbox.messages().map((mail) => mail.to[0])).not.toContain('late@example.org');
});
