import { accounts, admin as adminApi, secondFactor } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refusal } from '../../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { dayMs, minuteMs, secondMs } from '../../clock.ts';
import { deleteAccount } from '../delete-account.ts';
import { countSecondFactorTry } from './prove.ts';
import { resetSecondFactor } from './reset.ts';
import { codeOf } from './totp.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => forgetRateLimits(world));
afterAll(() => world.stop());

const stepNow = () => Math.floor(world.clock.now().getTime() / 30_000);
const enrol = (person: Person, currentPassword = person.password) =>
  person.client.call(secondFactor.enrol, { body: { currentPassword } });
const confirm = (person: Person, code: string) =>
  person.client.call(secondFactor.confirm, { body: { code } });
const login = (person: Person, code?: string) =>
  world.client.call(accounts.login, {
    body: {
      email: person.email,
      password: person.password,
      ...(code === undefined ? {} : { secondFactor: code }),
    },
  });

const secretOf = async (person: Person): Promise<Buffer> =>
  (
    await world.ctx.db
      .selectFrom('second_factors')
      .select('secret')
      .where('user_id', '=', person.id)
      .executeTakeFirstOrThrow()
  ).secret;

/** An account with an app, whose first code was used a moment ago, and how to read the app. */
async function withApp(role: 'customer' | 'admin' = 'customer') {
  const person = await createPerson(world, { role });
  await world.ctx.db
    .updateTable('users')
    .set({ second_factor_at: null })
    .where('id', '=', person.id)
    .execute();
  await enrol(person);
  const secret = await secretOf(person);
  const { recoveryCodes } = await confirm(person, codeOf(secret, stepNow()));
  world.clock.advance(30 * secondMs);
  await forgetRateLimits(world);
  return { person, recoveryCodes, code: (offset = 0) => codeOf(secret, stepNow() + offset) };
}

test('enrolling shows the secret once, needs the password, and changes nothing yet', async () => {
  const person = await createPerson(world, { role: 'customer' });
  expect(await refusal(enrol(person, 'not the password'))).toBe('invalid_credentials');
  expect(await refusal(world.client.call(secondFactor.enrol, { body: { currentPassword: 'x' } }))).toBe(
    'unauthenticated',
  );
  expect(await refusal(person.client.call(secondFactor.enrol, { body: {} as never }))).toBe(
    'validation_failed',
  );
  const first = await enrol(person);
  expect(first.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(first.otpauthUri).toContain(`secret=${first.secret}&issuer=Holdfast`);
  expect((await enrol(person)).secret).not.toBe(first.secret);
  expect(await refusal(login(person))).toBe('no error');
});

test('a first code turns it on: other sessions end, the owner is told, ten recovery codes come once', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const other = await login(person);
  expect(await refusal(confirm(person, '000000'))).toBe('conflict');
  await enrol(person);
  const good = codeOf(await secretOf(person), stepNow());
  const wrong = good === '123456' ? '123457' : '123456';
  expect(await refusal(confirm(person, wrong))).toBe('invalid_code');
  expect(await refusal(confirm(person, '12345'))).toBe('validation_failed');
  expect(await refusal(login(person))).toBe('no error');
  const { recoveryCodes } = await confirm(person, good);
  expect(new Set(recoveryCodes).size).toBe(10);
  expect(await refusal(world.client.as(other.accessToken).call(accounts.me))).toBe('token_expired');
  expect(await person.client.call(accounts.me)).toMatchObject({ hasSecondFactor: true });
  await world.drain();
  const mail = world.mailbox.messages().findLast((one) => one.to.includes(person.email));
  expect(mail?.subject).toBe('Signing in takes a second factor now');
  expect(await refusal(confirm(person, good))).toBe('conflict');
  expect(await refusal(enrol(person))).toBe('conflict');
});

test('signing in takes the password and a code; the answer to a wrong password does not change', async () => {
  const { person, code } = await withApp();
  expect(await refusal(login({ ...person, password: 'wrong' }))).toBe('invalid_credentials');
  expect(await refusal(login({ ...person, password: 'wrong' }, code()))).toBe('invalid_credentials');
  expect(await refusal(login(person))).toBe('second_factor_required');
  expect(await refusal(login(person, '12345'))).toBe('validation_failed');
  expect((await login(person, code())).user.id).toBe(person.id);
});

test('each time step is good once, a step to either side counts, and an older step than the last never', async () => {
  const { person, code } = await withApp();
  world.clock.advance(5 * minuteMs);
  expect(await refusal(login(person, code(-1)))).toBe('no error');
  expect(await refusal(login(person, code(-1)))).toBe('invalid_code');
  expect(await refusal(login(person, code(1)))).toBe('no error');
  expect(await refusal(login(person, code()))).toBe('invalid_code');
  expect(await refusal(login(person, code(2)))).toBe('invalid_code');
});

test('two logins with one code at once: one wins', async () => {
  const { person, code } = await withApp();
  for (let round = 0; round < 5; round += 1) {
    await forgetRateLimits(world);
    world.clock.advance(30 * secondMs);
    const answers = await Promise.all([login(person, code()), login(person, code())].map(refusal));
    expect(answers.toSorted()).toEqual(['invalid_code', 'no error']);
  }
});

test('a recovery code works once, in small letters as well, and two at once are one', async () => {
  const { person, recoveryCodes } = await withApp();
  expect(await refusal(login(person, recoveryCodes[0]!.toLowerCase()))).toBe('no error');
  expect(await refusal(login(person, recoveryCodes[0]!))).toBe('invalid_code');
  const both = await Promise.all(
    [login(person, recoveryCodes[1]!), login(person, recoveryCodes[1]!)].map(refusal),
  );
  expect(both.toSorted()).toEqual(['invalid_code', 'no error']);
  const { person: stranger } = await withApp();
  expect(await refusal(login(stranger, recoveryCodes[2]!))).toBe('invalid_code');
});

test('five wrong codes stop further tries for a quarter of an hour, twenty for the day, right ones too', async () => {
  const { person, code } = await withApp();
  const answers: string[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1)
    answers.push(await refusal(login(person, 'AAAA-AAAA-AAAA-AAAA')));
  expect(answers).toEqual([...Array(5).fill('invalid_code'), 'rate_limited']);
  for (let attempt = 6; attempt <= 20; attempt += 1) {
    if (attempt % 5 === 1) world.clock.advance(15 * minuteMs);
    await countSecondFactorTry(world.ctx, person.id, code());
  }
  world.clock.advance(15 * minuteMs);
  expect(await refusal(login(person, code()))).toBe('rate_limited');
  world.clock.advance(dayMs);
  expect(await refusal(login(person, code()))).toBe('no error');
});

test('what is stored opens nothing by itself: recovery codes are hashes', async () => {
  const { person, recoveryCodes } = await withApp();
  const rows = await world.ctx.db
    .selectFrom('recovery_codes')
    .selectAll()
    .where('user_id', '=', person.id)
    .execute();
  expect(rows).toHaveLength(10);
  expect(JSON.stringify(rows.map((row) => row.hash.toString('latin1')))).not.toContain(recoveryCodes[0]);
});

test('an admin without a second factor signs in and can do nothing but enrol', async () => {
  const person = await createPerson(world, { role: 'admin' });
  await world.ctx.db
    .updateTable('users')
    .set({ second_factor_at: null })
    .where('id', '=', person.id)
    .execute();
  const { accessToken } = await login(person);
  const client = world.client.as(accessToken);
  expect(await refusal(client.call(adminApi.listUsers))).toBe('second_factor_not_enrolled');
  expect(await refusal(client.call(accounts.me))).toBe('no error');
  await client.call(secondFactor.enrol, { body: { currentPassword: person.password } });
  expect(await refusal(client.call(adminApi.listUsers))).toBe('second_factor_not_enrolled');
  await client.call(secondFactor.confirm, { body: { code: codeOf(await secretOf(person), stepNow()) } });
  expect(await refusal(client.call(adminApi.listUsers))).toBe('no error');
  // The session from before, which had shown a password only, is over.
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
});

test('a reset from the server ends the sessions and leaves the password alone', async () => {
  const { person } = await withApp();
  await world.ctx.db.transaction().execute((tx) => resetSecondFactor(world.ctx, tx, person.email));
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
  expect(await refusal(login(person))).toBe('no error');
  await expect(
    world.ctx.db.transaction().execute((tx) => resetSecondFactor(world.ctx, tx, person.email)),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a deleted account leaves no secret behind', async () => {
  const { person } = await withApp();
  const actor = { userId: person.id, role: person.role, sessionId: 'ses_unused', hasSecondFactor: true };
  await deleteAccount(world.ctx, actor, { currentPassword: person.password }, async () => true);
  await expect(secretOf(person)).rejects.toThrow();
});
