import { ApiError } from '@holdfast/client';
import { accounts, type SignedIn } from '@holdfast/contract';
import * as argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs, minuteMs, secondMs } from '../clock.ts';

vi.mock('@node-rs/argon2', async (load) => {
  const real = await load<typeof argon2>();
  return { ...real, hash: vi.fn(real.hash), verify: vi.fn(real.verify) };
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const login = (email: string, password: string) =>
  world.client.call(accounts.login, { body: { email, password } });
const signIn = (person: Person) => login(person.email, person.password);
const refresh = (refreshToken: string) => world.client.call(accounts.refresh, { body: { refreshToken } });
const meWith = (tokens: SignedIn) => world.client.as(tokens.accessToken).call(accounts.me);
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error) => (error instanceof ApiError ? error.problem.code : String(error)),
  );

test('the right password signs in, whatever the case of the address', async () => {
  const person = await createPerson(world, { role: 'contractor' });
  const tokens = await login(person.email.toUpperCase(), person.password);
  expect(tokens.user).toMatchObject({ id: person.id, role: 'contractor' });
  const now = world.clock.now().getTime();
  expect(Date.parse(tokens.accessTokenExpiresAt) - now).toBe(15 * minuteMs);
  expect(Date.parse(tokens.refreshTokenExpiresAt) - now).toBe(30 * dayMs);
  expect(await meWith(tokens)).toEqual(tokens.user);
});

test('unknown address and wrong password: the same answer after one argon2 computation each', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const attempt = async (email: string) => {
    vi.mocked(argon2.verify).mockClear();
    const error = await login(email, 'not the password').catch((thrown: ApiError) => thrown);
    const { requestId: _, ...problem } = (error as ApiError).problem;
    return { problem, checks: vi.mocked(argon2.verify).mock.calls.length };
  };
  const known = await attempt(person.email);
  expect(known).toMatchObject({ problem: { status: 401, code: 'invalid_credentials' }, checks: 1 });
  expect(await attempt('unknown@example.org')).toEqual(known);
});

test('login refuses a request that does not fit', async () => {
  expect(await refusal(login('nobody', 'x'))).toBe('validation_failed');
});

test('a suspended account is told so after the right password only, and its sessions are refused', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const tokens = await signIn(person);
  await world.ctx.db
    .updateTable('users')
    .set({ suspended_at: world.clock.now() })
    .where('id', '=', person.id)
    .execute();
  expect(await refusal(login(person.email, 'not the password'))).toBe('invalid_credentials');
  expect(await refusal(signIn(person))).toBe('account_suspended');
  expect(await refusal(meWith(tokens))).toBe('account_suspended');
  expect(await refusal(refresh(tokens.refreshToken))).toBe('account_suspended');
});

test('ten wrong passwords stop that address on the network, the account stays open elsewhere', async () => {
  const person = await createPerson(world, { role: 'customer' });
  for (let attempt = 0; attempt < 10; attempt += 1)
    expect(await refusal(login(person.email, 'wrong'))).toBe('invalid_credentials');
  expect(await refusal(signIn(person))).toBe('rate_limited');
  const elsewhere = await import('./login.ts').then(({ login: verb }) =>
    verb(world.ctx, person, { address: '203.0.113.7', userAgent: null }),
  );
  expect(elsewhere.user.id).toBe(person.id);
  world.clock.advance(15 * minuteMs);
  expect(await refusal(signIn(person))).toBe('no error');
});

test('fifty logins in a quarter of an hour are the most for one network address', async () => {
  const results = [];
  for (let attempt = 0; attempt < 51; attempt += 1) results.push(await refusal(login('x', 'y')));
  expect(results[49]).toBe('validation_failed');
  expect(results[50]).toBe('rate_limited');
});

test('an access token dies after fifteen minutes; refreshing replaces both tokens', async () => {
  const tokens = await signIn(await createPerson(world, { role: 'customer' }));
  world.clock.advance(15 * minuteMs);
  expect(await refusal(meWith(tokens))).toBe('token_expired');
  const fresh = await refresh(tokens.refreshToken);
  expect(fresh.user).toEqual(tokens.user);
  expect(await meWith(fresh)).toEqual(tokens.user);
  expect(await refresh(fresh.refreshToken)).toMatchObject({ user: { id: tokens.user.id } });
});

test('refreshing kills the access token before', async () => {
  const tokens = await signIn(await createPerson(world, { role: 'customer' }));
  await refresh(tokens.refreshToken);
  expect(await refusal(meWith(tokens))).toBe('token_expired');
});

test('a refresh token used twice ends the session for whoever holds its successors', async () => {
  const tokens = await signIn(await createPerson(world, { role: 'customer' }));
  const second = await refresh(tokens.refreshToken);
  const third = await refresh(second.refreshToken);
  expect(await refusal(refresh(tokens.refreshToken))).toBe('token_expired');
  expect(await refusal(meWith(third))).toBe('token_expired');
  expect(await refusal(refresh(third.refreshToken))).toBe('token_expired');
});

test('two refreshes with one token at once: one wins, the session ends', async () => {
  const person = await createPerson(world, { role: 'customer' });
  for (let round = 0; round < 20; round += 1) {
    await forgetRateLimits(world);
    const tokens = await signIn(person);
    const results = await Promise.allSettled([refresh(tokens.refreshToken), refresh(tokens.refreshToken)]);
    const winners = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    expect(winners).toHaveLength(1);
    expect(await refusal(meWith(winners[0]!))).toBe('token_expired');
  }
});

test('a refresh token dies after thirty days, an unknown or malformed one never lived', async () => {
  const tokens = await signIn(await createPerson(world, { role: 'customer' }));
  world.clock.advance(30 * dayMs);
  expect(await refusal(refresh(tokens.refreshToken))).toBe('token_expired');
  expect(await refusal(refresh('a'.repeat(43)))).toBe('token_expired');
  expect(await refusal(refresh('short'))).toBe('validation_failed');
});

test('tokens are stored as hashes only', async () => {
  const tokens = await signIn(await createPerson(world, { role: 'customer' }));
  const { rows } = await world.ctx.pool.query(
    'select sessions.*, refresh_tokens.* from sessions join refresh_tokens on session_id = id where user_id = $1',
    [tokens.user.id],
  );
  expect(rows).toHaveLength(1);
  const stored = Object.values(rows[0]).map((value) =>
    Buffer.isBuffer(value) ? value.toString('base64url') : String(value),
  );
  expect(stored).not.toContain(tokens.accessToken);
  expect(stored).not.toContain(tokens.refreshToken);
});

test('logout ends this session and its refresh token, no other', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const [one, other] = [await signIn(person), await signIn(person)];
  await world.client.as(one.accessToken).call(accounts.logout);
  expect(await refusal(meWith(one))).toBe('token_expired');
  expect(await refusal(refresh(one.refreshToken))).toBe('token_expired');
  expect(await refusal(meWith(other))).toBe('no error');
  expect(await refusal(world.client.call(accounts.logout))).toBe('unauthenticated');
});

test('sessions are listed newest first, in pages, without ended or expired ones', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const opened: SignedIn[] = [];
  for (let round = 0; round < 4; round += 1) {
    world.clock.advance(secondMs);
    opened.push(await signIn(person));
  }
  await world.client.as(opened[0]!.accessToken).call(accounts.logout);
  const { client } = person;
  const first = await client.call(accounts.listSessions, { query: { limit: '2' } });
  expect(first.items).toHaveLength(2);
  await signIn(person);
  const second = await client.call(accounts.listSessions, {
    query: { limit: '2', cursor: first.nextCursor! },
  });
  const all = [...first.items, ...second.items];
  expect(all).toHaveLength(4);
  expect(second.nextCursor).toBeNull();
  const times = all.map((session) => session.createdAt);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(all.filter((session) => session.isCurrent).map((session) => session.userAgent)).toEqual(['test']);
  expect(await refusal(client.call(accounts.listSessions, { query: { cursor: 'nonsense' } }))).toBe(
    'validation_failed',
  );
  expect(await refusal(world.client.call(accounts.listSessions))).toBe('unauthenticated');
});

test('one’s own session can be revoked, a stranger’s is not found', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const stranger = await createPerson(world, { role: 'customer' });
  const tokens = await signIn(person);
  const { items } = await world.client.as(tokens.accessToken).call(accounts.listSessions);
  const id = items.find((session) => session.isCurrent)!.id;
  const revoke = (client: Person['client']) =>
    refusal(client.call(accounts.revokeSession, { params: { id } }));
  expect(await revoke(stranger.client)).toBe('not_found');
  expect(await revoke(world.client)).toBe('unauthenticated');
  expect(await revoke(person.client)).toBe('no error');
  expect(await refusal(meWith(tokens))).toBe('token_expired');
  expect(await revoke(person.client)).toBe('not_found');
  const bad = person.client.call(accounts.revokeSession, { params: { id: 'nonsense' } });
  expect(await refusal(bad)).toBe('validation_failed');
});
