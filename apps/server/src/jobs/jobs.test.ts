import { accounts, applications, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyFor, jobInput, postJob, refusal, requestBooking } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
let customer: Person;
let stranger: Person;
let contractor: Person;
beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer', name: 'Ada' });
  stranger = await createPerson(world, { role: 'customer' });
  contractor = await createPerson(world, { role: 'contractor', name: 'Carl' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const show = (person: Person, id: string) => person.client.call(jobs.get, { params: { id } });
const change = (person: Person, id: string, body: object) =>
  person.client.call(jobs.change, { params: { id }, body });
const cancel = (person: Person, id: string) => person.client.call(jobs.cancel, { params: { id } });
const post = (body: unknown) => customer.client.call(jobs.create, { body: body as never });

test('a posted job is open and shows its owner everything that was written', async () => {
  const job = await postJob(customer, { wishedDate: '2027-03-05' });
  expect(job).toEqual({
    id: expect.stringMatching(/^job_/),
    customer: { id: customer.id, name: 'Ada' },
    title: 'Repaint a kitchen',
    description: 'Two walls and the ceiling, about thirty square metres.',
    category: 'painting',
    budget: { amount: 45_000, currency: 'eur' },
    place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901, isExact: true },
    wishedDate: '2027-03-05',
    status: 'open',
    createdAt: '2027-03-01T09:00:00.000Z',
    updatedAt: '2027-03-01T09:00:00.000Z',
  });
  expect(await show(customer, job.id)).toEqual(job);
});

test('what is not a job is refused', async () => {
  const bodies = [
    {},
    { ...jobInput(), title: 'ab' },
    { ...jobInput(), description: 'too short' },
    { ...jobInput(), category: 'alchemy' },
    { ...jobInput(), budget: { amount: 45_000.5, currency: 'eur' } },
    { ...jobInput(), budget: { amount: 1, currency: 'eur' } },
    { ...jobInput(), budget: { amount: '45000', currency: 'eur' } },
    { ...jobInput(), place: { ...jobInput().place, lat: 91 } },
    { ...jobInput(), place: { city: 'Vienna', lat: 48, lng: 16 } },
    { ...jobInput(), wishedDate: '2027-02-30' },
    { ...jobInput(), wishedDate: '2027-02-27' },
    { ...jobInput(), status: 'completed' },
  ];
  for (const body of bodies)
    expect(await refusal(post(body)), JSON.stringify(body)).toBe('validation_failed');
});

test('a wished date may be today, yesterday for whom it still is, or left out', async () => {
  expect((await postJob(customer, { wishedDate: '2027-03-01' })).wishedDate).toBe('2027-03-01');
  expect((await postJob(customer, { wishedDate: '2027-02-28' })).wishedDate).toBe('2027-02-28');
  expect((await postJob(customer)).wishedDate).toBeNull();
});

test('only customers post, and only with a session', async () => {
  expect(await refusal(contractor.client.call(jobs.create, { body: jobInput() }))).toBe('forbidden');
  expect(await refusal(world.client.call(jobs.create, { body: jobInput() }))).toBe('unauthenticated');
  expect(await refusal(contractor.client.call(jobs.listOwn))).toBe('forbidden');
  expect(await refusal(world.client.call(jobs.get, { params: { id: `job_${'0'.repeat(22)}` } }))).toBe(
    'unauthenticated',
  );
});

test('others see the city and a rounded point, never the address', async () => {
  const job = await postJob(customer);
  for (const person of [stranger, contractor]) {
    const seen = await show(person, job.id);
    expect(seen.place).toEqual({ city: 'Vienna', address: null, lat: 48.2, lng: 16.35, isExact: false });
    expect(JSON.stringify(seen)).not.toMatch(/Neubaugasse|48\.20174|16\.34901/);
  }
});

test('an open job can be changed by its owner, field by field', async () => {
  const job = await postJob(customer, { wishedDate: '2027-03-05' });
  const place = { address: 'Hauptplatz 1', city: 'Graz', lat: 47.07071, lng: 15.43863 };
  const changed = await change(customer, job.id, { title: 'Repaint two kitchens', place, wishedDate: null });
  expect(changed).toEqual({
    ...job,
    title: 'Repaint two kitchens',
    place: { ...place, isExact: true },
    wishedDate: null,
  });
  expect((await show(stranger, job.id)).place).toMatchObject({ lat: 47.07, lng: 15.44 });
  expect(await refusal(change(customer, job.id, {}))).toBe('validation_failed');
  expect(await refusal(change(customer, job.id, { wishedDate: '2020-01-01' }))).toBe('validation_failed');
  expect(await refusal(change(stranger, job.id, { title: 'Mine now' }))).toBe('not_found');
  expect(await refusal(change(contractor, job.id, { title: 'Mine now' }))).toBe('forbidden');
});

test('the currency of a budget stays while quotes are in it', async () => {
  const job = await postJob(customer);
  const inFrancs = { budget: { amount: 50_000, currency: 'chf' } };
  expect((await change(customer, job.id, inFrancs)).budget).toEqual(inFrancs.budget);
  await applyFor(contractor, await show(customer, job.id));
  expect(await refusal(change(customer, job.id, { budget: { amount: 50_000, currency: 'eur' } }))).toBe(
    'conflict',
  );
  expect(
    (await change(customer, job.id, { budget: { amount: 60_000, currency: 'chf' } })).budget.amount,
  ).toBe(60_000);
});

test('a cancelled job is over: not open to others, not to be changed, its applications declined', async () => {
  const job = await postJob(customer);
  const application = await applyFor(contractor, job);
  expect(await refusal(cancel(stranger, job.id))).toBe('not_found');
  expect((await cancel(customer, job.id)).status).toBe('cancelled');
  expect(await refusal(cancel(customer, job.id))).toBe('conflict');
  expect(await refusal(change(customer, job.id, { title: 'Once more' }))).toBe('conflict');
  expect(await refusal(show(stranger, job.id))).toBe('not_found');
  expect((await show(contractor, job.id)).status).toBe('cancelled');
  const row = await world.ctx.db
    .selectFrom('applications')
    .select('status')
    .where('id', '=', application.id)
    .executeTakeFirstOrThrow();
  expect(row.status).toBe('declined');
});

test('a booked job is neither changed nor cancelled', async () => {
  const job = await postJob(customer);
  await requestBooking(customer, contractor, job);
  expect(await refusal(cancel(customer, job.id))).toBe('conflict');
  expect(await refusal(change(customer, job.id, { title: 'Something else' }))).toBe('conflict');
});

test('one’s own jobs come newest first, in pages that stay stable under inserts', async () => {
  const owner = await createPerson(world, { role: 'customer' });
  const posted: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    // Two share a moment: the id settles their order.
    if (index !== 3) world.clock.advance(1000);
    posted.push((await postJob(owner)).id);
  }
  await cancel(owner, posted[0]!);
  const first = await owner.client.call(jobs.listOwn, { query: { limit: '2' } });
  await postJob(owner);
  const second = await owner.client.call(jobs.listOwn, { query: { limit: '2', cursor: first.nextCursor! } });
  const third = await owner.client.call(jobs.listOwn, { query: { limit: '2', cursor: second.nextCursor! } });
  const seen = [...first.items, ...second.items, ...third.items].map((job) => job.id);
  expect(seen.toSorted()).toEqual(posted.toSorted());
  expect(seen[0]).toBe(posted[4]);
  expect(seen[4]).toBe(posted[0]);
  expect(third.nextCursor).toBeNull();
  const cancelled = await owner.client.call(jobs.listOwn, { query: { status: 'cancelled' } });
  expect(cancelled.items.map((job) => job.id)).toEqual([posted[0]]);
  expect(await refusal(owner.client.call(jobs.listOwn, { query: { cursor: 'nonsense' } }))).toBe(
    'validation_failed',
  );
});

test('somebody who deletes their account leaves no open job or application behind', async () => {
  const leaving = await createPerson(world, { role: 'customer' });
  const worker = await createPerson(world, { role: 'contractor' });
  const job = await postJob(leaving);
  await applyFor(contractor, job);
  await applyFor(worker, await postJob(customer));
  for (const person of [leaving, worker])
    await person.client.call(accounts.deleteMe, { body: { currentPassword: person.password } });
  expect((await show(contractor, job.id)).status).toBe('cancelled');
  const received = await contractor.client.call(applications.listOwn, { query: { limit: '1' } });
  expect(received.items[0]).toMatchObject({ jobId: job.id, status: 'declined' });
  const left = await world.ctx.db
    .selectFrom('applications')
    .select('status')
    .where('contractor_id', '=', worker.id)
    .execute();
  expect(left).toEqual([{ status: 'withdrawn' }]);
});
