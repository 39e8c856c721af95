import { ApiError } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetRateLimits, newestCode, signUp } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { hourMs, minuteMs } from '../clock.ts';
import { toMailFailure } from '../vendors/mail-failure.ts';
import { sendCode } from './send-code.ts';

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
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Registers and reads the code, without using it. */
async function registered(email = newEmail(), over: object = {}) {
  const { userId } = await register(email, over);
  await world.drain();
  return { userId, email, code: newestCode(world, email) };
}

test('registering, reading the mail and sending the code signs in', async () => {
  const { userId, email, code } = await registered('Mixed.Case@Example.org', { role: 'contractor' });
  const mail = mailsTo(email.toLowerCase()).at(-1);
  expect(mail?.text).toContain(`Your ${world.ctx.config.platformName} code is ${code}`);
  expect(mail?.subject).not.toContain(code);
  const answer = await verify(userId, code);
  expect(answer.user).toMatchObject({
    id: userId,
    role: 'contractor',
    email: 'mixed.case@example.org',
    name: 'Ada Fischer',
    locale: 'en',
    timeZone: 'UTC',
    hasSecondFactor: false,
    averageRating: null,
    reviewCount: 0,
  });
  const me = await world.client.as(answer.accessToken).call(accounts.me);
  expect(me).toEqual(answer.user);
});

test.each([
  ['admin as role', { role: 'admin' }],
  ['no address', { email: 'nobody' }],
  ['a short password', { password: 'short' }],
  ['the address as password', { email: 'long.address@example.org', password: 'Long.Address@example.org' }],
  ['the name as password', { name: 'Ada Lovelace King', password: 'ada lovelace king' }],
  ['an empty name', { name: '  ' }],
  ['an unknown locale', { locale: 'English' }],
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }],
  ['an unknown field', { isAdmin: true }],
])('registration refuses %s', async (_what, over) => {
  expect(await refusal(register(newEmail(), over))).toBe('validation_failed');
});

test('the plain code is stored nowhere, neither before nor after the mail', async () => {
  const email = newEmail();
  const { userId } = await register(email);
  const waiting = await world.ctx.pool.query('select * from graphile_worker._private_jobs');
  await world.drain();
  const code = newestCode(world, email);
  const rows = await world.ctx.pool.query('select * from one_time_codes where user_id = $1', [userId]);
  expect(rows.rows).toHaveLength(1);
  expect(JSON.stringify(waiting.rows)).not.toContain(code);
  expect(JSON.stringify(rows.rows)).not.toContain(code);
});

test('a code works once', async () => {
  const { userId, code } = await registered();
  await verify(userId, code);
  expect(await refusal(verify(userId, code))).toBe('invalid_code');
});

test('a code dies after ten minutes', async () => {
  const late = await registered();
  world.clock.advance(10 * minuteMs);
  expect(await refusal(verify(late.userId, late.code))).toBe('invalid_code');
});

test('five wrong tries kill a code, the sixth right one is refused', async () => {
  const { userId, code } = await registered();
  for (let attempt = 1; attempt <= 5; attempt += 1)
    expect(await refusal(verify(userId, wrong(code)))).toBe('invalid_code');
  expect(await refusal(verify(userId, code))).toBe('invalid_code');
});

test('after four wrong tries the right code still works', async () => {
  const { userId, code } = await registered();
  for (let attempt = 1; attempt <= 4; attempt += 1) await refusal(verify(userId, wrong(code)));
  expect((await verify(userId, code)).user.id).toBe(userId);
});

test('nineteen tries at once: no more than five are compared', async () => {
  const { userId, code } = await registered();
  await Promise.all(Array.from({ length: 19 }, () => refusal(verify(userId, wrong(code)))));
  const row = await world.ctx.db
    .selectFrom('one_time_codes')
    .select('tries')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  expect(row.tries).toBe(5);
  expect(await refusal(verify(userId, code))).toBe('invalid_code');
});

test('only the newest code counts, from the moment it is asked for', async () => {
  const { userId, email, code } = await registered();
  await world.client.call(accounts.resendCode, { body: { userId } });
  expect(await refusal(verify(userId, code))).toBe('invalid_code');
  await world.drain();
  const newest = newestCode(world, email);
  if (newest !== code) expect(await refusal(verify(userId, code))).toBe('invalid_code');
  expect((await verify(userId, newest)).user.id).toBe(userId);
});

test('a code belongs to its account: another one cannot use it', async () => {
  const [first, second] = [await registered(), await registered()];
  if (first.code === second.code) return;
  expect(await refusal(verify(second.userId, first.code))).toBe('invalid_code');
});

test('a code belongs to its purpose: a code for a new password verifies no address, and back', async () => {
  const member = await signUp(world, { role: 'customer' });
  await world.client.call(accounts.forgotPassword, { body: { email: member.email } });
  await world.drain();
  expect(await refusal(verify(member.id, newestCode(world, member.email)))).toBe('invalid_code');
  const fresh = await registered();
  const body = { email: fresh.email, code: fresh.code, newPassword: 'another long secret' };
  expect(await refusal(world.client.call(accounts.resetPassword, { body }))).toBe('invalid_code');
});

test('at most five mails an hour go to one address, whatever they are for; the answer stays the same', async () => {
  const member = await signUp(world, { role: 'customer' });
  await forgetRateLimits(world);
  world.mailbox.clear();
  const answers = [];
  for (let round = 0; round < 4; round += 1) {
    answers.push(await world.client.call(accounts.forgotPassword, { body: { email: member.email } }));
    await register(member.email);
    await world.drain();
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(mailsTo(member.email)).toHaveLength(5);
  world.clock.advance(hourMs);
  await world.client.call(accounts.forgotPassword, { body: { email: member.email } });
  await world.drain();
  expect(mailsTo(member.email)).toHaveLength(6);
});

test('a repeated sending makes a new code, and the newest mail counts', async () => {
  const { userId, email, code } = await registered();
  const { id } = await world.ctx.db
    .selectFrom('one_time_codes')
    .select('id')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  await sendCode(world.ctx, { codeId: id });
  const newest = newestCode(world, email);
  expect(mailsTo(email)).toHaveLength(2);
  if (newest !== code) expect(await refusal(verify(userId, code))).toBe('invalid_code');
  expect((await verify(userId, newest)).user.id).toBe(userId);
});

test('a mail server that fails is told without the address, and the next sending makes a new code', async () => {
  const email = newEmail();
  const { userId } = await register(email);
  const { id } = await world.ctx.db
    .selectFrom('one_time_codes')
    .select('id')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  const broken = async () => {
    throw toMailFailure(
      Object.assign(new Error(`later ${email}`), { responseCode: 450, response: `450 4.2.1 later ${email}` }),
    );
  };
  const ctx = { ...world.ctx, mail: { send: broken, close: () => {} } };
  const error = await sendCode(ctx, { codeId: id }).catch((thrown: Error) => thrown);
  expect((error as Error).message).toBe('the mail server did not take the mail: unavailable (450 4.2.1)');
  await world.drain();
  expect((await verify(userId, newestCode(world, email))).user.id).toBe(userId);
});

test('registrations are limited per network address', async () => {
  const results = [];
  for (let attempt = 0; attempt < 21; attempt += 1) results.push(await refusal(register('x', {})));
  expect(results.slice(0, 20)).toEqual(Array(20).fill('validation_failed'));
  expect(results[20]).toBe('rate_limited');
});
