import { once } from 'node:events';
import { accounts, admin as api, bookings, closeCodes, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { activeBooking, postJob, refusal } from '../../test/jobs.ts';
import { liveSockets } from '../../test/live.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { secondMs } from '../clock.ts';
import { watchEveryMs } from '../ws/sockets.ts';

let world: World;
let admin: Person;
beforeAll(async () => {
  world = await startWorld();
  admin = await createPerson(world, { role: 'admin', name: 'Grace' });
});
beforeEach(() => forgetRateLimits(world));
afterAll(() => world.stop());

const reason = 'Asked customers to pay in cash.';
const suspend = (userId: string, by = admin) =>
  by.client.call(api.suspendUser, { params: { id: userId }, body: { reason } });
const reinstate = (userId: string) =>
  admin.client.call(api.reinstateUser, { params: { id: userId }, body: { reason } });
const idsOf = async (query: Parameters<typeof search>[0]) =>
  (await search(query)).items.map((user) => user.id);
const search = (query: Record<string, string>) => admin.client.call(api.listUsers, { query });
const newest = async () => (await admin.client.call(api.listActions, { query: { limit: '1' } })).items[0];

test('people are found by part of name or address, by id, role and status', async () => {
  const ada = await createPerson(world, {
    role: 'customer',
    name: 'Ada Lovelace',
    email: 'countess@example.org',
  });
  const alan = await createPerson(world, { role: 'contractor', name: 'Alan 100% Turing_' });
  expect(await idsOf({ q: 'LOVEL' })).toEqual([ada.id]);
  expect(await idsOf({ q: 'countess@' })).toEqual([ada.id]);
  expect(await idsOf({ q: ada.id })).toEqual([ada.id]);
  expect(await idsOf({ q: '0% turing_' })).toEqual([alan.id]);
  expect(await idsOf({ q: '%' })).toEqual([alan.id]);
  expect(await idsOf({ q: 'Lovelace', role: 'contractor' })).toEqual([]);
  expect(await idsOf({ q: 'Lovelace', status: 'active' })).toEqual([ada.id]);
  expect(await refusal(search({ status: 'nonsense' }))).toBe('validation_failed');
});

test('the list is paged newest first and stable under inserts', async () => {
  for (let round = 0; round < 5; round += 1) {
    world.clock.advance(secondMs);
    await createPerson(world, { role: 'customer', name: `Paged ${round}` });
  }
  const first = await search({ q: 'Paged', limit: '2' });
  await createPerson(world, { role: 'customer', name: 'Paged later' });
  const second = await search({ q: 'Paged', limit: '3', cursor: first.nextCursor! });
  expect([...first.items, ...second.items].map((user) => user.name)).toEqual(
    [4, 3, 2, 1, 0].map((round) => `Paged ${round}`),
  );
  expect(second.nextCursor).toBeNull();
});

test('one person is shown with what hangs on the account, an unknown one is not found', async () => {
  const customer = await createPerson(world, { role: 'customer' });
  const contractor = await createPerson(world, { role: 'contractor' });
  await activeBooking(world, customer, contractor);
  expect(await admin.client.call(api.getUser, { params: { id: customer.id } })).toMatchObject({
    id: customer.id,
    email: customer.email,
    status: 'active',
    openSessions: 1,
    jobs: 1,
    bookings: 1,
    payments: 1,
  });
  const nobody = { params: { id: `usr_${'0'.repeat(22)}` } };
  expect(await refusal(admin.client.call(api.getUser, nobody))).toBe('not_found');
});

test('suspending ends sessions at once, refuses new ones, and is recorded with its reason', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const login = () =>
    world.client.call(accounts.login, { body: { email: person.email, password: person.password } });
  expect(await suspend(person.id)).toMatchObject({ id: person.id, status: 'suspended' });
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
  expect(await refusal(login())).toBe('account_suspended');
  expect(await newest()).toMatchObject({
    admin: { id: admin.id, name: 'Grace' },
    action: 'user.suspend',
    subject: person.id,
    details: { reason },
  });
  expect(await idsOf({ q: person.email, status: 'suspended' })).toEqual([person.id]);
  expect(await reinstate(person.id)).toMatchObject({ status: 'active', suspendedAt: null });
  expect(await newest()).toMatchObject({ action: 'user.reinstate', subject: person.id });
  expect(await refusal(login())).toBe('no error');
  // Sessions from before the suspension stay dead.
  expect(await refusal(person.client.call(accounts.me))).toBe('token_expired');
});

test('the socket of a suspended person closes within five seconds', async () => {
  expect(watchEveryMs).toBeLessThanOrEqual(4000);
  const person = await createPerson(world, { role: 'customer' });
  const sockets = liveSockets(world, { watchEveryMs: 20, closeMs: 100 });
  const socket = new WebSocket(`ws://127.0.0.1:${await sockets.listen(0, '127.0.0.1')}`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'authenticate', id: '1', accessToken: person.accessToken }));
  await once(socket, 'message');
  const closed = once(socket, 'close');
  await suspend(person.id);
  expect((await closed)[0]).toBe(closeCodes.sessionEnded);
  await sockets.stop();
});

test('bookings of the suspended go on; nobody can book them anew', async () => {
  const customer = await createPerson(world, { role: 'customer' });
  const contractor = await createPerson(world, { role: 'contractor' });
  const booking = await activeBooking(world, customer, contractor);
  const job = await postJob(customer);
  await suspend(contractor.id);
  const still = await customer.client.call(bookings.get, { params: { id: booking.id } });
  expect(still.state).toBe('active');
  const price = { amount: 45_000, currency: 'eur' as const };
  const invite = customer.client.call(bookings.create, {
    body: { jobId: job.id, contractorId: contractor.id, price },
  });
  expect(await refusal(invite)).toBe('not_found');
  expect(await refusal(customer.client.call(jobs.get, { params: { id: job.id } }))).toBe('no error');
});

test('what cannot be suspended or reinstated is refused, and nothing is recorded', async () => {
  const before = (await newest())?.seq;
  const person = await createPerson(world, { role: 'customer' });
  expect(await refusal(suspend(admin.id))).toBe('conflict');
  expect(await refusal(suspend(`usr_${'0'.repeat(22)}`))).toBe('not_found');
  expect(await refusal(reinstate(person.id))).toBe('conflict');
  await world.ctx.db
    .updateTable('users')
    .set({ deleted_at: world.clock.now() })
    .where('id', '=', person.id)
    .execute();
  expect(await refusal(suspend(person.id))).toBe('conflict');
  const bad = admin.client.call(api.suspendUser, { params: { id: person.id }, body: { reason: '  ' } });
  expect(await refusal(bad)).toBe('validation_failed');
  expect((await newest())?.seq).toBe(before);
});

test('two admins suspend one person at once: one does, and it is recorded once', async () => {
  const other = await createPerson(world, { role: 'admin' });
  for (let round = 0; round < 20; round += 1) {
    const person = await createPerson(world, { role: 'customer' });
    const answers = await Promise.all([suspend(person.id), suspend(person.id, other)].map(refusal));
    expect(answers.toSorted()).toEqual(['conflict', 'no error']);
    const { items } = await admin.client.call(api.listActions, { query: { subject: person.id } });
    expect(items).toHaveLength(1);
  }
});

test('a suspension and a login at once leave no open session', async () => {
  for (let round = 0; round < 10; round += 1) {
    await forgetRateLimits(world);
    const person = await createPerson(world, { role: 'customer' });
    const body = { email: person.email, password: person.password };
    await Promise.all([refusal(world.client.call(accounts.login, { body })), suspend(person.id)]);
    const { openSessions } = await admin.client.call(api.getUser, { params: { id: person.id } });
    expect(openSessions).toBe(0);
  }
});
