import { randomBytes } from 'node:crypto';
import { ApiError } from '@holdfast/client';
import { accounts, type DeviceInput, devices, mostDevices } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { dayMs } from '../../clock.ts';
import { devicesOf } from './devices-of.ts';

let world: World;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  person = await createPerson(world, { role: 'contractor' });
});

const newToken = () => `${randomBytes(8).toString('hex')}:APA91b${randomBytes(60).toString('base64url')}`;
const register = (who: Person, token = newToken(), rest: Partial<DeviceInput> = {}) =>
  who.client.call(devices.register, { body: { token, platform: 'android', ...rest } });
const listed = async (who: Person) => (await who.client.call(devices.list)).items;
const tokensOf = async (who: Person) =>
  ((await devicesOf(world.ctx, [who.id])).get(who.id) ?? []).map((row) => row.token);
const storedOf = (who: Person) =>
  world.ctx.db.selectFrom('devices').selectAll().where('user_id', '=', who.id).execute();
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error) => (error instanceof ApiError ? error.problem.code : String(error)),
  );
/** The same person, signed in once more. */
async function signInAgain(who: Person): Promise<Person> {
  const tokens = await world.client.call(accounts.login, {
    body: { email: who.email, password: who.password },
  });
  return { ...who, accessToken: tokens.accessToken, client: world.client.as(tokens.accessToken) };
}

describe('registering a device', () => {
  test('shows everything but its token, and sends to it from then on', async () => {
    const token = newToken();
    const device = await register(person, token, { platform: 'ios', locale: 'de-AT' });
    expect(device).toEqual({
      id: expect.stringMatching(/^dev_[0-9A-Za-z]{22}$/),
      platform: 'ios',
      locale: 'de-AT',
      isCurrent: true,
      createdAt: world.clock.now().toISOString(),
      lastUsedAt: world.clock.now().toISOString(),
    });
    expect(await listed(person)).toEqual([device]);
    expect(JSON.stringify(await listed(person))).not.toContain(token);
    expect(await tokensOf(person)).toEqual([token]);
  });

  test('again is the same device, as it is now', async () => {
    const token = newToken();
    const first = await register(person, token);
    world.clock.advance(dayMs);
    const second = await register(person, token, { platform: 'web', locale: 'fr' });
    expect(second).toEqual({
      ...first,
      platform: 'web',
      locale: 'fr',
      lastUsedAt: world.clock.now().toISOString(),
    });
    expect(await listed(person)).toEqual([second]);
  });

  test('takes it from whoever had it: the token is sent to for its new owner alone, under a new id', async () => {
    const other = await createPerson(world, { role: 'customer' });
    const token = newToken();
    const before = await register(other, token);
    const after = await register(person, token);
    expect(after.id).not.toBe(before.id);
    expect(await listed(other)).toEqual([]);
    expect(await tokensOf(other)).toEqual([]);
    expect(await tokensOf(person)).toEqual([token]);
    expect(await refusal(other.client.call(devices.remove, { params: { id: before.id } }))).toBe('not_found');
    expect(await tokensOf(person)).toEqual([token]);
  });

  test('of one token by many at once leaves it with one of them', async () => {
    const others = await Promise.all(
      Array.from({ length: 4 }, () => createPerson(world, { role: 'customer' })),
    );
    for (let round = 0; round < 5; round += 1) {
      const token = newToken();
      await Promise.all(others.map((one) => register(one, token)));
      const owners = await Promise.all(others.map(async (one) => (await tokensOf(one)).includes(token)));
      expect(owners.filter(Boolean)).toHaveLength(1);
    }
  });

  test(`keeps the newest ${mostDevices}, also when they come at once`, async () => {
    for (let index = 0; index < mostDevices; index += 1) {
      world.clock.advance(1000);
      await register(person);
    }
    const [newest, ...rest] = await tokensOf(person);
    const added = Array.from({ length: 4 }, newToken);
    world.clock.advance(1000);
    await Promise.all(added.map((token) => register(person, token)));
    const kept = await tokensOf(person);
    expect(kept).toHaveLength(mostDevices);
    expect(new Set(kept)).toEqual(new Set([...added, newest, ...rest.slice(0, mostDevices - 5)]));
    expect(await storedOf(person)).toHaveLength(mostDevices);
  });

  test.each([
    ['an empty token', { token: '' }],
    ['a short token', { token: 'short' }],
    ['a token with a line break', { token: `${'a'.repeat(30)}\n` }],
    ['a token of other characters', { token: 'a'.repeat(30).concat('"><script>') }],
    ['a token without end', { token: 'a'.repeat(1025) }],
    ['a number as token', { token: 42 }],
    ['an unknown platform', { token: 'a'.repeat(30), platform: 'windows' }],
    ['something that is no language', { token: 'a'.repeat(30), locale: 'de_AT' }],
    ['somebody else’s account', { token: 'a'.repeat(30), userId: 'usr_5qZr8Vb2NfK0tXy7WcL3mD' }],
  ])('refuses %s', async (_what, body) => {
    const wrong = { platform: 'android', ...body } as unknown as DeviceInput;
    expect(await refusal(person.client.call(devices.register, { body: wrong }))).toBe('validation_failed');
    expect(await storedOf(person)).toEqual([]);
  });

  test('is for people who are signed in', async () => {
    const stranger = { ...person, client: world.client };
    expect(await refusal(register(stranger))).toBe('unauthenticated');
    expect(await refusal(listed(stranger))).toBe('unauthenticated');
    const device = await register(person);
    expect(await refusal(world.client.call(devices.remove, { params: { id: device.id } }))).toBe(
      'unauthenticated',
    );
  });
});

describe('a device is sent nothing any more', () => {
  test('once its owner removes it; another person cannot', async () => {
    const other = await createPerson(world, { role: 'customer' });
    const device = await register(person);
    expect(await refusal(other.client.call(devices.remove, { params: { id: device.id } }))).toBe('not_found');
    await person.client.call(devices.remove, { params: { id: device.id } });
    expect(await storedOf(person)).toEqual([]);
    expect(await refusal(person.client.call(devices.remove, { params: { id: device.id } }))).toBe(
      'not_found',
    );
  });

  test('once its session logs out; those of other sessions stay', async () => {
    const second = await signInAgain(person);
    const [kept, gone] = [newToken(), newToken()];
    await register(person, kept);
    await register(second, gone);
    expect((await listed(person)).map((one) => one.isCurrent).toSorted()).toEqual([false, true]);
    await second.client.call(accounts.logout);
    expect(await tokensOf(person)).toEqual([kept]);
    expect((await storedOf(person)).map((row) => row.token)).toEqual([kept]);
  });

  test('once its session is ended from another device', async () => {
    const second = await signInAgain(person);
    await register(second);
    const sessions = (await person.client.call(accounts.listSessions, { query: {} })).items;
    const id = sessions.find((one) => !one.isCurrent)!.id;
    await person.client.call(accounts.revokeSession, { params: { id } });
    expect(await storedOf(person)).toEqual([]);
  });

  test('once the password is changed elsewhere', async () => {
    const second = await signInAgain(person);
    const [kept, gone] = [newToken(), newToken()];
    await register(person, kept);
    await register(second, gone);
    await person.client.call(accounts.changePassword, {
      body: { currentPassword: person.password, newPassword: 'another horse battery' },
    });
    expect((await storedOf(person)).map((row) => row.token)).toEqual([kept]);
  });

  test('once its refresh token is used twice', async () => {
    const tokens = await world.client.call(accounts.login, {
      body: { email: person.email, password: person.password },
    });
    await register({ ...person, client: world.client.as(tokens.accessToken) });
    const body = { refreshToken: tokens.refreshToken };
    await world.client.call(accounts.refresh, { body });
    expect(await storedOf(person)).toHaveLength(1);
    await refusal(world.client.call(accounts.refresh, { body }));
    expect(await storedOf(person)).toEqual([]);
  });

  test('once its session is over by its time', async () => {
    const second = await signInAgain(person);
    await register(second);
    world.clock.advance(30 * dayMs - 1);
    expect(await tokensOf(person)).toHaveLength(1);
    world.clock.advance(1);
    expect(await tokensOf(person)).toEqual([]);
    expect(await listed(person)).toEqual([]);
    world.clock.advance(31 * dayMs);
    await world.sweep();
    expect(await storedOf(person)).toEqual([]);
  });

  test('once the account is deleted', async () => {
    await register(person);
    await person.client.call(accounts.deleteMe, { body: { currentPassword: person.password } });
    expect(await storedOf(person)).toEqual([]);
  });

  test('whichever of logging out and registering comes first', async () => {
    for (let round = 0; round < 8; round += 1) {
      const second = await signInAgain(person);
      await forgetRateLimits(world);
      const [registered] = await Promise.all([
        refusal(register(second)),
        second.client.call(accounts.logout),
      ]);
      expect(['no error', 'token_expired']).toContain(registered);
      expect(await storedOf(person)).toEqual([]);
    }
  });
});
