import { applications, bookings, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyFor, postJob, refusal } from '../../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';

let world: World;
let customer: Person;
let stranger: Person;
let carl: Person;
let cleo: Person;
beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer' });
  stranger = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
  cleo = await createPerson(world, { role: 'contractor', name: 'Cleo' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const change = (person: Person, id: string, body: object) =>
  person.client.call(applications.change, { params: { id }, body });
const withdraw = (person: Person, id: string) =>
  person.client.call(applications.withdraw, { params: { id } });
const decline = (person: Person, id: string) => person.client.call(applications.decline, { params: { id } });
const received = (person: Person, id: string, query: object = {}) =>
  person.client.call(applications.listOfJob, { params: { id }, query });

test('an application carries a quote and a message, and both sides see it', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job, 42_000);
  expect(application).toEqual({
    id: expect.stringMatching(/^app_/),
    jobId: job.id,
    jobTitle: job.title,
    contractor: { id: carl.id, name: 'Carl' },
    quote: { amount: 42_000, currency: 'eur' },
    message: 'I could start on Monday.',
    status: 'open',
    createdAt: '2027-03-01T09:00:00.000Z',
    updatedAt: '2027-03-01T09:00:00.000Z',
  });
  expect((await received(customer, job.id)).items).toEqual([application]);
  expect((await carl.client.call(applications.listOwn)).items).toContainEqual(application);
});

test('only contractors apply, with a payable quote in the currency of the job', async () => {
  const job = await postJob(customer);
  const params = { id: job.id };
  const message = 'I could start on Monday.';
  const quote = { amount: 42_000, currency: 'eur' as const };
  expect(await refusal(customer.client.call(applications.apply, { params, body: { quote, message } }))).toBe(
    'forbidden',
  );
  expect(await refusal(world.client.call(applications.apply, { params, body: { quote, message } }))).toBe(
    'unauthenticated',
  );
  for (const body of [
    { quote: { amount: 42_000, currency: 'chf' }, message },
    { quote: { amount: 3, currency: 'eur' }, message },
    { quote, message: '  ' },
    { quote },
    { quote, message, status: 'accepted' },
  ])
    expect(await refusal(carl.client.call(applications.apply, { params, body: body as never }))).toBe(
      'validation_failed',
    );
});

test('nobody applies for a job that is not open; strangers do not learn that it exists', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job);
  await withdraw(carl, application.id);
  await customer.client.call(jobs.cancel, { params: { id: job.id } });
  expect(await refusal(applyFor(carl, job))).toBe('conflict');
  expect(await refusal(applyFor(cleo, job))).toBe('not_found');
  expect(await refusal(applyFor(cleo, { ...job, id: `job_${'0'.repeat(22)}` }))).toBe('not_found');
});

test('one application per contractor and job, also when several are sent at once', async () => {
  for (let round = 0; round < 15; round += 1) {
    const job = await postJob(customer);
    const answers = await Promise.all(Array.from({ length: 5 }, () => refusal(applyFor(carl, job))));
    expect(answers.toSorted()).toEqual([...Array.from({ length: 4 }, () => 'already_exists'), 'no error']);
    expect((await received(customer, job.id)).items).toHaveLength(1);
  }
});

test('an open application can be changed by who wrote it', async () => {
  const application = await applyFor(carl, await postJob(customer));
  world.clock.advance(1000);
  const changed = await change(carl, application.id, { quote: { amount: 40_000, currency: 'eur' } });
  expect(changed).toEqual({
    ...application,
    quote: { amount: 40_000, currency: 'eur' },
    updatedAt: world.ctx.clock.now().toISOString(),
  });
  expect((await change(carl, application.id, { message: 'Tuesday as well.' })).message).toBe(
    'Tuesday as well.',
  );
  expect(await refusal(change(carl, application.id, {}))).toBe('validation_failed');
  expect(await refusal(change(carl, application.id, { quote: { amount: 40_000, currency: 'usd' } }))).toBe(
    'validation_failed',
  );
  expect(await refusal(change(cleo, application.id, { message: 'Mine' }))).toBe('not_found');
  expect(await refusal(change(customer, application.id, { message: 'Mine' }))).toBe('forbidden');
});

test('a withdrawn application may be handed in again and is the same one', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job);
  expect(await refusal(withdraw(cleo, application.id))).toBe('not_found');
  expect((await withdraw(carl, application.id)).status).toBe('withdrawn');
  expect(await refusal(withdraw(carl, application.id))).toBe('conflict');
  expect(await refusal(change(carl, application.id, { message: 'Still there?' }))).toBe('conflict');
  const again = await applyFor(carl, job, 39_000);
  expect(again).toMatchObject({ id: application.id, status: 'open', quote: { amount: 39_000 } });
});

test('the customer of the job declines, nobody else, and that is final', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job);
  expect(await refusal(decline(stranger, application.id))).toBe('not_found');
  expect(await refusal(decline(carl, application.id))).toBe('forbidden');
  expect((await decline(customer, application.id)).status).toBe('declined');
  expect(await refusal(decline(customer, application.id))).toBe('conflict');
  expect(await refusal(applyFor(carl, job))).toBe('already_exists');
  expect(
    await refusal(customer.client.call(bookings.create, { body: { applicationId: application.id } })),
  ).toBe('conflict');
});

test('only the owner of a job lists its applications, in stable pages', async () => {
  const job = await postJob(customer);
  const people = await Promise.all(
    Array.from({ length: 5 }, () => createPerson(world, { role: 'contractor' })),
  );
  for (const person of people) {
    world.clock.advance(1000);
    await applyFor(person, job);
  }
  expect(await refusal(received(stranger, job.id))).toBe('not_found');
  expect(await refusal(received(carl, job.id))).toBe('forbidden');
  const first = await received(customer, job.id, { limit: '3' });
  world.clock.advance(1000);
  await applyFor(cleo, job);
  const second = await received(customer, job.id, { limit: '3', cursor: first.nextCursor });
  expect([...first.items, ...second.items].map((one) => one.contractor.id)).toEqual(
    people.map((person) => person.id).toReversed(),
  );
  expect(second.nextCursor).toBeNull();
  await decline(customer, first.items[0]!.id);
  expect((await received(customer, job.id, { status: 'declined' })).items).toHaveLength(1);
});

test('accepting and withdrawing at once: one happens, the other is a conflict', async () => {
  for (let round = 0; round < 25; round += 1) {
    const job = await postJob(customer);
    const application = await applyFor(carl, job);
    const [booked, taken] = await Promise.all([
      refusal(customer.client.call(bookings.create, { body: { applicationId: application.id } })),
      refusal(withdraw(carl, application.id)),
    ]);
    expect([booked, taken].toSorted()).toEqual(['conflict', 'no error']);
    const status = (await customer.client.call(jobs.get, { params: { id: job.id } })).status;
    expect(status).toBe(booked === 'no error' ? 'booked' : 'open');
  }
});
