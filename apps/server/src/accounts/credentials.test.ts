import { ApiError } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, newestCode, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const newPassword = 'an entirely new secret';
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error) => (error instanceof ApiError ? error.problem.code : String(error)),
  );
const login = (email: string, password: string) =>
  world.client.call(accounts.login, { body: { email, password } });
const forgot = (email: string) => world.client.call(accounts.forgotPassword, { body: { email } });
const reset = (email: string, code: string, over: object = {}) =>
  world.client.call(accounts.resetPassword, { body: { email, code, newPassword, ...over } });
const changeEmail = (person: Person, newEmail: string, currentPassword = person.password) =>
  person.client.call(accounts.changeEmail, { body: { currentPassword, newEmail } });
const confirm = (person: Person, code: string) =>
  person.client.call(accounts.confirmEmail, { body: { code } });
const subjectsTo = (email: string) =>
  world.mailbox
    .messages()
    .filter((mail) => mail.to.includes(email))
    .map((mail) => mail.subject);

/** Asks for a reset and reads the code. */
async function resetCode(person: Person): Promise<string> {
  await forgot(person.email);
  await world.drain();
  return newestCode(world, person.email);
}

test('a forgotten password is replaced by the mailed code; every session ends and the owner is told', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const code = await resetCode(person);
  await reset(person.email, code);
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
  expect(await refusal(login(person.email, person.password))).toBe('invalid_credentials');
  expect(await refusal(login(person.email, newPassword))).toBe('no error');
  await world.drain();
  expect(subjectsTo(person.email)).toEqual([
    'Set a new password',
    'Your password was changed',
    'New sign-in to your account',
  ]);
});

test('asking for a reset answers alike for known, unproven and unknown addresses; only the known gets mail', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const body = { role: 'customer', email: 'unproven@example.org', password: newPassword, name: 'U' } as const;
  await world.client.call(accounts.register, { body });
  await world.drain();
  world.mailbox.clear();
  for (const email of [person.email, body.email, 'nobody@example.org'])
    expect(await forgot(email)).toEqual({ email });
  await world.drain();
  expect(world.mailbox.messages().map((mail) => mail.to)).toEqual([[person.email]]);
  expect(await refusal(forgot('nonsense'))).toBe('validation_failed');
});

test('asking for a reset writes the same rows for known and unknown addresses', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const written = async (email: string) => {
    await forgot(email);
    const codes = await world.ctx.pool.query('select 1 from one_time_codes where email = $1', [email]);
    const tasks = await world.ctx.pool.query(
      "select from graphile_worker._private_jobs where payload->>'codeId' in (select id from one_time_codes where email = $1)",
      [email],
    );
    await world.drain();
    return [codes.rowCount, tasks.rowCount];
  };
  expect(await written(person.email)).toEqual([1, 1]);
  expect(await written('nobody.at.all@example.org')).toEqual([1, 1]);
});

test('a reset refuses a wrong code, an unknown address and a bad password, and a code works once', async () => {
  const person = await createPerson(world, { role: 'customer', name: 'Grace Hopper' });
  const code = await resetCode(person);
  const wrong = code === '000000' ? '000001' : '000000';
  expect(await refusal(reset(person.email, wrong))).toBe('invalid_code');
  expect(await refusal(reset('nobody@example.org', code))).toBe('invalid_code');
  expect(await refusal(reset(person.email, code, { newPassword: 'short' }))).toBe('validation_failed');
  expect(await refusal(reset(person.email, code, { newPassword: 'Grace Hopper' }))).toBe('validation_failed');
  expect(await refusal(reset(person.email, code))).toBe('no error');
  expect(await refusal(reset(person.email, code))).toBe('invalid_code');
});

test('two resets with one code at once: one wins', async () => {
  const person = await createPerson(world, { role: 'customer' });
  for (let round = 0; round < 8; round += 1) {
    await forgetRateLimits(world);
    const code = await resetCode(person);
    const results = await Promise.all([1, 2].map(() => refusal(reset(person.email, code))));
    expect(results.toSorted()).toEqual(['invalid_code', 'no error']);
  }
});

test('a change of password keeps this session and ends the others', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const other = await login(person.email, person.password);
  const body = { currentPassword: person.password, newPassword };
  await person.client.call(accounts.changePassword, { body });
  expect(await refusal(person.client.call(accounts.me))).toBe('no error');
  expect(await refusal(world.client.as(other.accessToken).call(accounts.me))).toBe('token_expired');
  expect(await refusal(login(person.email, newPassword))).toBe('no error');
  await world.drain();
  expect(subjectsTo(person.email)).toEqual(['New sign-in to your account', 'Your password was changed']);
});

test('a change of password needs the old one, a decent new one and a session', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const change = (client: Person['client'], currentPassword: string, next = newPassword) =>
    refusal(client.call(accounts.changePassword, { body: { currentPassword, newPassword: next } }));
  expect(await change(person.client, 'not the password')).toBe('invalid_credentials');
  expect(await change(person.client, person.password, 'short')).toBe('validation_failed');
  expect(await change(person.client, person.password, person.email)).toBe('validation_failed');
  expect(await change(world.client, person.password)).toBe('unauthenticated');
});

test('a change of password kills the codes that are on their way', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const code = await resetCode(person);
  const body = { currentPassword: person.password, newPassword };
  await person.client.call(accounts.changePassword, { body });
  expect(await refusal(reset(person.email, code))).toBe('invalid_code');
});

test('a stolen session guesses a password ten times in a quarter of an hour, over all endpoints', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const results: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    results.push(await refusal(changeEmail(person, 'new@example.org', 'wrong')));
    const body = { currentPassword: 'wrong', newPassword };
    results.push(await refusal(person.client.call(accounts.changePassword, { body })));
  }
  expect(new Set(results)).toEqual(new Set(['invalid_credentials']));
  const deletion = person.client.call(accounts.deleteMe, { body: { currentPassword: person.password } });
  expect(await refusal(deletion)).toBe('rate_limited');
});

test('a login that was checked before a change of password opens no session after it', async () => {
  for (let round = 0; round < 10; round += 1) {
    await forgetRateLimits(world);
    const person = await createPerson(world, { role: 'customer' });
    const body = { currentPassword: person.password, newPassword };
    const [signedIn] = await Promise.allSettled([
      login(person.email, person.password),
      person.client.call(accounts.changePassword, { body }),
    ]);
    if (signedIn.status === 'fulfilled')
      expect(await refusal(world.client.as(signedIn.value.accessToken).call(accounts.me))).toBe(
        'token_expired',
      );
  }
});

test('a new address counts once its code comes back; the old one gets a notice and opens nothing', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const newEmail = 'moved@example.org';
  const oldCode = await resetCode(person);
  expect(await changeEmail(person, 'Moved@Example.org')).toEqual({ email: newEmail });
  await world.drain();
  expect((await person.client.call(accounts.me)).email).toBe(person.email);
  expect(await confirm(person, newestCode(world, newEmail))).toMatchObject({
    id: person.id,
    email: newEmail,
  });
  expect(await refusal(login(newEmail, person.password))).toBe('no error');
  expect(await refusal(login(person.email, person.password))).toBe('invalid_credentials');
  expect(await refusal(reset(newEmail, oldCode))).toBe('invalid_code');
  await world.drain();
  expect(subjectsTo(person.email).at(-1)).toBe('Your e-mail address was changed');
});

test('a change of address needs the password, a new address, the right code and a session', async () => {
  const person = await createPerson(world, { role: 'customer' });
  expect(await refusal(changeEmail(person, 'elsewhere@example.org', 'wrong'))).toBe('invalid_credentials');
  expect(await refusal(changeEmail(person, person.email))).toBe('conflict');
  expect(await refusal(changeEmail(person, 'nonsense'))).toBe('validation_failed');
  expect(await refusal(confirm(person, '123456'))).toBe('invalid_code');
  expect(await refusal(confirm(person, '12345'))).toBe('validation_failed');
  const anonymous = { ...person, client: world.client };
  expect(await refusal(changeEmail(anonymous, 'elsewhere@example.org'))).toBe('unauthenticated');
  expect(await refusal(confirm(anonymous, '123456'))).toBe('unauthenticated');
});

test('the code of one account changes the address of no other', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const thief = await createPerson(world, { role: 'customer' });
  await changeEmail(person, 'mine@example.org');
  await world.drain();
  expect(await refusal(confirm(thief, newestCode(world, 'mine@example.org')))).toBe('invalid_code');
});

test('a taken address gets a notice in place of a code, and the same answer', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const owner = await createPerson(world, { role: 'customer' });
  expect(await changeEmail(person, owner.email)).toEqual({ email: owner.email });
  await world.drain();
  expect(subjectsTo(owner.email)).toEqual(['You already have an account']);
  expect((await owner.client.call(accounts.me)).email).toBe(owner.email);
});

test('two accounts that prove one address at once: one gets it, and unproven registrations of it die', async () => {
  for (let round = 0; round < 10; round += 1) {
    await forgetRateLimits(world);
    const email = `shared${round}@example.org`;
    const people = [
      await createPerson(world, { role: 'customer' }),
      await createPerson(world, { role: 'customer' }),
    ] as const;
    const body = { role: 'customer', email, password: newPassword, name: 'U' } as const;
    await world.client.call(accounts.register, { body });
    const codes: string[] = [];
    for (const person of people) {
      await changeEmail(person, email);
      await world.drain();
      codes.push(newestCode(world, email));
    }
    const results = await Promise.all(people.map((person, index) => refusal(confirm(person, codes[index]!))));
    expect(results.toSorted()).toEqual(['conflict', 'no error']);
    const rows = await world.ctx.db.selectFrom('users').select('id').where('email', '=', email).execute();
    expect(rows).toEqual([{ id: people[results.indexOf('no error')]!.id }]);
  }
});
