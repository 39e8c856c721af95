import { ApiError } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import * as argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createPerson, forgetRateLimits, newestCode } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

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

let counter = 0;
const newEmail = () => `person${++counter}@example.org`;
const password = 'a long enough secret';
const person = { role: 'customer', password, name: 'Ada Fischer' } as const;
const register = (email: string, over: object = {}) =>
  world.client.call(accounts.register, { body: { ...person, email, ...over } });
const verify = (userId: string, code: string) =>
  world.client.call(accounts.verifyEmail, { body: { userId, code } });
const codeOf = (error: unknown) => (error instanceof ApiError ? error.problem.code : String(error));
const refusal = (call: Promise<unknown>) => call.then(() => 'no error', codeOf);
const mailsTo = (email: string) => world.mailbox.messages().filter((mail) => mail.to.includes(email));

/** Registers and reads the code, without using it. */
async function registered(email = newEmail(), over: object = {}) {
  const { userId } = await register(email, over);
  await world.drain();
  return { userId, email, code: newestCode(world, email) };
}

test('registering a taken address: same answer, same argon2 work, a notice in place of a code', async () => {
  const member = await createPerson(world, { role: 'customer' });
  const count = async (email: string) => {
    vi.mocked(argon2.hash).mockClear();
    vi.mocked(argon2.verify).mockClear();
    const answer = await register(email);
    const { calls } = vi.mocked(argon2.hash).mock;
    return {
      shape: Object.keys(answer),
      hashes: calls.length,
      checks: vi.mocked(argon2.verify).mock.calls.length,
    };
  };
  expect(await count(member.email)).toEqual({ shape: ['userId', 'email'], hashes: 1, checks: 0 });
  expect(await count(newEmail())).toEqual({ shape: ['userId', 'email'], hashes: 1, checks: 0 });
  const { userId } = await register(member.email);
  await world.drain();
  const mail = mailsTo(member.email).at(-1);
  expect(mail?.subject).toBe('You already have an account');
  expect(mail?.text).not.toMatch(/\d{6}/);
  expect(await refusal(verify(userId, '123456'))).toBe('invalid_code');
});

test('asking for a new code answers alike for unknown, proven and fresh accounts', async () => {
  const member = await createPerson(world, { role: 'customer' });
  const fresh = await registered();
  world.mailbox.clear();
  for (const userId of [member.id, fresh.userId, 'usr_0000000000000000000000']) {
    const answer = await world.client.call(accounts.resendCode, { body: { userId } });
    expect(answer).toEqual({ userId });
  }
  await world.drain();
  expect(world.mailbox.messages().map((mail) => mail.to)).toEqual([[fresh.email]]);
});

test.each(['first', 'last'])('whoever registers a stranger’s address %s gets no access', async (order) => {
  const email = newEmail();
  const stolen = 'the attackers secret';
  const attack = () => register(email, { password: stolen, name: 'Mallory' });
  const attacker = order === 'first' ? await attack() : undefined;
  await world.drain();
  const { userId } = await register(email);
  await world.drain();
  const code = newestCode(world, email);
  const late = order === 'last' ? await attack() : undefined;
  await world.drain();
  await verify(userId, code);
  const login = (given: string) =>
    refusal(world.client.call(accounts.login, { body: { email, password: given } }));
  expect(await login(stolen)).toBe('invalid_credentials');
  expect(await login(password)).toBe('no error');
  const rows = await world.ctx.db.selectFrom('users').select('id').where('email', '=', email).execute();
  expect(rows).toEqual([{ id: userId }]);
  const thief = (attacker ?? late)!.userId;
  expect(await refusal(verify(thief, newestCode(world, email)))).toBe('invalid_code');
  const codes = await world.ctx.db
    .selectFrom('one_time_codes')
    .where('user_id', '=', thief)
    .selectAll()
    .execute();
  expect(codes).toEqual([]);
});

test('an unproven account cannot sign in, and is told what a wrong password is told', async () => {
  const { email } = await registered();
  const attempt = (given: string) =>
    world.client.call(accounts.login, { body: { email, password: given } }).catch((error) => error.problem);
  const [right, bad] = [await attempt(password), await attempt('not the password')];
  expect(right).toMatchObject({ status: 401, code: 'invalid_credentials' });
  expect({ ...right, requestId: '' }).toEqual({ ...bad, requestId: '' });
});

test('two proofs of one address at once: one wins, the other registration is gone', async () => {
  for (let round = 0; round < 30; round += 1) {
    await forgetRateLimits(world);
    const email = newEmail();
    const first = await registered(email);
    const second = await registered(email);
    const results = await Promise.all([
      refusal(verify(first.userId, first.code)),
      refusal(verify(second.userId, second.code)),
    ]);
    expect(results.toSorted()).toEqual(['invalid_code', 'no error']);
    const rows = await world.ctx.db
      .selectFrom('users')
      .select(['id', 'email_verified_at'])
      .where('email', '=', email)
      .execute();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.id).toBe(results[0] === 'no error' ? first.userId : second.userId);
    expect(rows[0]?.email_verified_at).not.toBeNull();
  }
});

test('two uses of one code at once: one wins', async () => {
  for (let round = 0; round < 15; round += 1) {
    await forgetRateLimits(world);
    const { userId, code } = await registered();
    const results = await Promise.all([refusal(verify(userId, code)), refusal(verify(userId, code))]);
    expect(results.toSorted()).toEqual(['invalid_code', 'no error']);
    const sessions = await world.ctx.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', userId)
      .execute();
    expect(sessions).toHaveLength(1);
  }
});
