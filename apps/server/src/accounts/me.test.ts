import { ApiError } from '@holdfast/client';
import { accounts, contractors } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, type Person, signUp } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { addRating, getUser, publicPerson, requireActive, requireContractor } from './accounts.ts';
import { deleteAccount } from './delete-account.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error) =>
      error instanceof ApiError ? error.problem.code : String((error as { code?: string }).code ?? error),
  );
const remove = (person: Person, currentPassword = person.password) =>
  person.client.call(accounts.deleteMe, { body: { currentPassword } });
const inTx = <T>(work: (tx: Parameters<typeof requireActive>[0]) => Promise<T>) =>
  world.ctx.db.transaction().execute(work);

const profile = {
  headline: 'Tiler with fifteen years of bathrooms',
  bio: 'Small jobs welcome.',
  categories: ['tiling', 'flooring'],
  skills: ['mosaic'],
  serviceCentre: { lat: 48.20821, lng: 16.37382 },
  serviceRadiusKm: 30,
  hourlyRate: { amount: 5500, currency: 'eur' },
} as const;
const saved = () => ({ ...profile, categories: [...profile.categories], skills: [...profile.skills] });
const save = (person: Person, over: object = {}) =>
  person.client.call(contractors.saveProfile, { body: { ...saved(), ...over } });

test('one changes what one sends of one’s account and nothing else', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const before = await person.client.call(accounts.me);
  const after = await person.client.call(accounts.updateMe, {
    body: { name: ' Ada ', timeZone: 'Asia/Tokyo' },
  });
  expect(after).toEqual({ ...before, name: 'Ada', timeZone: 'Asia/Tokyo' });
  expect(await person.client.call(accounts.me)).toEqual(after);
  expect(await person.client.call(accounts.updateMe, { body: {} })).toEqual(after);
});

test.each([[{ name: '' }], [{ role: 'admin' }], [{ email: 'x@example.org' }], [{ locale: 'xx-yy' }]])(
  'an account does not take %j',
  async (body) => {
    const person = await createPerson(world, { role: 'customer' });
    expect(await refusal(person.client.call(accounts.updateMe, { body: body as object }))).toBe(
      'validation_failed',
    );
  },
);

test('nobody reads or changes an account without a session', async () => {
  expect(await refusal(world.client.call(accounts.me))).toBe('unauthenticated');
  expect(await refusal(world.client.call(accounts.updateMe, { body: {} }))).toBe('unauthenticated');
  expect(await refusal(world.client.as('a'.repeat(43)).call(accounts.me))).toBe('token_expired');
});

test('a deleted account is forgotten, but for its id, and its address is free again', async () => {
  const person = await createPerson(world, { role: 'contractor' });
  const other = await createPerson(world, { role: 'contractor' });
  await save(person);
  for (const { id } of [person, other])
    await world.ctx.pool.query(
      `insert into idempotency_keys (user_id, key, request_hash, status_code, response, leased_until, created_at)
       values ($1, 'key', '', 201, '{"name": "Carl"}', now(), now())`,
      [id],
    );
  await remove(person);
  const { rows } = await world.ctx.pool.query('select user_id from idempotency_keys');
  expect(rows).toEqual([{ user_id: other.id }]);
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
  const body = { email: person.email, password: person.password };
  expect(await refusal(world.client.call(accounts.login, { body }))).toBe('invalid_credentials');
  const row = await getUser(world.ctx.db, person.id);
  expect(row).toMatchObject({ name: 'Deleted account', password_hash: '!' });
  expect(row.email).toMatch(/^deleted-[0-9a-f]{24}@deleted\.invalid$/);
  for (const table of ['sessions', 'one_time_codes', 'contractor_profiles'])
    expect(
      (await world.ctx.pool.query(`select 1 from ${table} where user_id = $1`, [person.id])).rowCount,
    ).toBe(0);
  const page = world.client.call(contractors.page, { params: { id: person.id } });
  expect(await refusal(page)).toBe('not_found');
  await world.drain();
  expect(world.mailbox.messages().at(-1)).toMatchObject({
    to: [person.email],
    subject: 'Your account was deleted',
  });
  expect((await signUp(world, { role: 'customer', email: person.email })).id).not.toBe(person.id);
});

test('a deletion needs the password and a session', async () => {
  const person = await createPerson(world, { role: 'customer' });
  expect(await refusal(remove(person, 'wrong'))).toBe('invalid_credentials');
  expect(await refusal(remove({ ...person, client: world.client }))).toBe('unauthenticated');
  expect(await refusal(person.client.call(accounts.deleteMe, { body: {} as never }))).toBe(
    'validation_failed',
  );
});

test('an account that is not free is not deleted', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const actor = { userId: person.id, role: person.role, sessionId: 'ses_unused', hasSecondFactor: false };
  const input = { currentPassword: person.password };
  const asked: string[] = [];
  const attempt = deleteAccount(world.ctx, actor, input, async (_tx, userId) => {
    asked.push(userId);
    return false;
  });
  expect(await refusal(attempt)).toBe('conflict');
  expect(asked).toEqual([person.id]);
  expect((await person.client.call(accounts.me)).name).toBe(person.name);
});

test('a contractor writes a profile, reads it back exactly and replaces it as a whole', async () => {
  const person = await createPerson(world, { role: 'contractor' });
  expect(await refusal(person.client.call(contractors.ownProfile))).toBe('not_found');
  const first = await save(person);
  expect(first).toMatchObject({ userId: person.id, ...saved(), averageRating: null, reviewCount: 0 });
  expect(await person.client.call(contractors.ownProfile)).toEqual(first);
  const second = await save(person, { hourlyRate: null, skills: [] });
  expect(second).toMatchObject({ hourlyRate: null, skills: [] });
});

test.each([
  ['no category', { categories: [] }],
  ['an unknown category', { categories: ['sorcery'] }],
  ['a category twice', { categories: ['tiling', 'tiling'] }],
  ['a skill twice', { skills: ['Mosaic', 'mosaic'] }],
  ['a point off the earth', { serviceCentre: { lat: 91, lng: 0 } }],
  ['a radius of zero', { serviceRadiusKm: 0 }],
  ['a fraction of a cent', { hourlyRate: { amount: 55.5, currency: 'eur' } }],
  ['a missing headline', { headline: '' }],
  ['a rating of one’s own', { averageRating: 5 }],
])('a profile does not take %s', async (_what, over) => {
  const person = await createPerson(world, { role: 'contractor' });
  expect(await refusal(save(person, over))).toBe('validation_failed');
});

test('a profile is for contractors who are signed in', async () => {
  const customer = await createPerson(world, { role: 'customer' });
  expect(await refusal(save(customer))).toBe('forbidden');
  expect(await refusal(customer.client.call(contractors.ownProfile))).toBe('forbidden');
  expect(await refusal(save({ ...customer, client: world.client }))).toBe('unauthenticated');
});

test('the public page shows the rounded centre and nothing private', async () => {
  const person = await createPerson(world, { role: 'contractor', name: 'Carla' });
  await save(person);
  await inTx(async (tx) => {
    for (const rating of [5, 5, 4]) await addRating(tx, person.id, rating);
  });
  const page = await world.client.call(contractors.page, { params: { id: person.id } });
  expect(page).toEqual({
    id: person.id,
    name: 'Carla',
    picture: null,
    ...saved(),
    serviceCentre: { lat: 48.2, lng: 16.4 },
    averageRating: 4.67,
    reviewCount: 3,
    memberSince: expect.any(String),
  });
});

test('there is no public page of a customer, of nobody, without a profile or while suspended', async () => {
  const customer = await createPerson(world, { role: 'customer' });
  const silent = await createPerson(world, { role: 'contractor' });
  const suspended = await createPerson(world, { role: 'contractor' });
  await save(suspended);
  await world.ctx.db
    .updateTable('users')
    .set({ suspended_at: world.clock.now() })
    .where('id', '=', suspended.id)
    .execute();
  for (const id of [customer.id, silent.id, suspended.id, 'usr_0000000000000000000000'])
    expect(await refusal(world.client.call(contractors.page, { params: { id } }))).toBe('not_found');
  const bad = world.client.call(contractors.page, { params: { id: 'nonsense' } });
  expect(await refusal(bad)).toBe('validation_failed');
});

test('fifty ratings at once are all counted', async () => {
  const person = await createPerson(world, { role: 'customer' });
  await Promise.all(Array.from({ length: 50 }, () => inTx((tx) => addRating(tx, person.id, 3))));
  const me = await person.client.call(accounts.me);
  expect(me).toMatchObject({ averageRating: 3, reviewCount: 50 });
});

test('other modules find people by id, and only active contractors as contractors', async () => {
  const [customer, contractor] = [
    await createPerson(world, { role: 'customer' }),
    await createPerson(world, { role: 'contractor' }),
  ];
  const people = await publicPerson(world.ctx.db, [customer.id, contractor.id, customer.id, 'usr_none']);
  expect(people.size).toBe(2);
  expect(people.get(customer.id)).toEqual({ id: customer.id, name: customer.name, role: 'customer' });
  expect((await inTx((tx) => requireContractor(tx, contractor.id))).id).toBe(contractor.id);
  expect(await refusal(inTx((tx) => requireContractor(tx, customer.id)))).toBe('not_found');
  await remove(contractor);
  expect(await refusal(inTx((tx) => requireContractor(tx, contractor.id)))).toBe('not_found');
  expect(await refusal(inTx((tx) => requireActive(tx, contractor.id)))).toBe('not_found');
});
