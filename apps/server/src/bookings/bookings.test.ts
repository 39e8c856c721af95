import { bookings, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hourMs } from '../../src/clock.ts';
import {
  activeBooking,
  applyFor,
  confirmedBooking,
  postJob,
  refusal,
  requestBooking,
} from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
let customer: Person;
let stranger: Person;
let carl: Person;
let cleo: Person;
beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer', name: 'Ada' });
  stranger = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
  cleo = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const invite = (person: Person, body: object) => person.client.call(bookings.create, { body: body as never });
const confirm = (person: Person, id: string) => person.client.call(bookings.confirm, { params: { id } });
const decline = (person: Person, id: string) => person.client.call(bookings.decline, { params: { id } });
const cancel = (person: Person, id: string, reason?: string) =>
  person.client.call(bookings.cancel, { params: { id }, body: { reason } });
const deliver = (person: Person, id: string) =>
  person.client.call(bookings.deliver, { params: { id }, body: { note: 'Two coats of paint.' } });
const showJob = (person: Person, id: string) => person.client.call(jobs.get, { params: { id } });
const statusOf = async (id: string) =>
  (
    await world.ctx.db
      .selectFrom('applications')
      .select('status')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).status;

test('booking an application takes its quote as the price and the job off the market', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job, 42_000);
  const booking = await invite(customer, { applicationId: application.id });
  expect(booking).toEqual({
    id: expect.stringMatching(/^bkg_/),
    job: { id: job.id, title: job.title },
    customer: { id: customer.id, name: 'Ada' },
    contractor: { id: carl.id, name: 'Carl' },
    applicationId: application.id,
    price: { amount: 42_000, currency: 'eur' },
    message: null,
    cancellation: { freeUntil: null, lateFee: { amount: 0, currency: 'eur' } },
    state: 'requested',
    answerBy: '2027-03-03T09:00:00.000Z',
    payBy: null,
    releaseAt: null,
    deliveryNote: null,
    cancelledBy: null,
    cancelReason: null,
    completedBy: null,
    requestedAt: '2027-03-01T09:00:00.000Z',
    confirmedAt: null,
    activeAt: null,
    deliveredAt: null,
    completedAt: null,
    endedAt: null,
    updatedAt: '2027-03-01T09:00:00.000Z',
  });
  expect((await showJob(customer, job.id)).status).toBe('booked');
  expect(await statusOf(application.id)).toBe('accepted');
  expect(await refusal(showJob(stranger, job.id))).toBe('not_found');
  for (const person of [customer, carl])
    expect(await person.client.call(bookings.get, { params: { id: booking.id } })).toEqual(booking);
});

test('an invitation takes the given price, else the budget; of somebody who applied, it settles the application', async () => {
  const first = await postJob(customer);
  const invited = await invite(customer, {
    jobId: first.id,
    contractorId: carl.id,
    message: 'Again, please.',
  });
  expect(invited).toMatchObject({ price: first.budget, applicationId: null, message: 'Again, please.' });
  // Invited before ever having applied, the contractor sees the job though nobody else does.
  expect((await showJob(carl, first.id)).place.isExact).toBe(false);
  const second = await postJob(customer);
  const application = await applyFor(carl, second);
  const price = { amount: 30_000, currency: 'eur' };
  const bargained = await invite(customer, { jobId: second.id, contractorId: carl.id, price });
  expect(bargained).toMatchObject({ price, applicationId: application.id });
  expect(await statusOf(application.id)).toBe('accepted');
});

test('what is not a booking is refused', async () => {
  const job = await postJob(customer);
  const application = await applyFor(carl, job);
  const good = { jobId: job.id, contractorId: carl.id };
  for (const body of [
    {},
    { ...good, applicationId: application.id },
    { jobId: job.id },
    { ...good, price: { amount: 30_000, currency: 'usd' } },
    { ...good, price: { amount: 1, currency: 'eur' } },
    { ...good, state: 'confirmed' },
  ])
    expect(await refusal(invite(customer, body)), JSON.stringify(body)).toBe('validation_failed');
  expect(await refusal(invite(stranger, good))).toBe('not_found');
  expect(await refusal(invite(stranger, { applicationId: application.id }))).toBe('not_found');
  expect(await refusal(invite(carl, good))).toBe('forbidden');
  expect(await refusal(invite(customer, { ...good, contractorId: stranger.id }))).toBe('not_found');
  expect(await refusal(world.client.call(bookings.create, { body: good }))).toBe('unauthenticated');
  await invite(customer, good);
  expect(await refusal(invite(customer, { ...good, contractorId: cleo.id }))).toBe('conflict');
});

test('another person’s booking is unknown to strangers of either role, whatever they try', async () => {
  const booking = await requestBooking(customer, carl);
  for (const person of [stranger, cleo]) {
    expect(await refusal(person.client.call(bookings.get, { params: { id: booking.id } }))).toBe('not_found');
    expect(await refusal(cancel(person, booking.id))).toBe('not_found');
  }
  for (const answer of [confirm, decline, deliver]) {
    expect(await refusal(answer(cleo, booking.id))).toBe('not_found');
    expect(await refusal(answer(customer, booking.id))).toBe('forbidden');
  }
  expect(await refusal(world.client.call(bookings.get, { params: { id: booking.id } }))).toBe(
    'unauthenticated',
  );
});

test('the contractor’s yes shows them the address and starts the time to pay', async () => {
  const booking = await requestBooking(customer, carl);
  expect((await showJob(carl, booking.job.id)).place).toMatchObject({ address: null, lat: 48.2 });
  const confirmed = await confirm(carl, booking.id);
  expect(confirmed).toMatchObject({ state: 'confirmed', payBy: '2027-03-03T09:00:00.000Z' });
  expect((await showJob(carl, booking.job.id)).place).toEqual({
    address: 'Neubaugasse 12/4',
    city: 'Vienna',
    lat: 48.20174,
    lng: 16.34901,
    isExact: true,
  });
  expect(await refusal(confirm(carl, booking.id))).toBe('conflict');
  expect(await refusal(decline(carl, booking.id))).toBe('conflict');
});

test('the contractor’s no opens the job again and withdraws their application', async () => {
  const booking = await requestBooking(customer, carl);
  expect(await decline(carl, booking.id)).toMatchObject({ state: 'declined' });
  expect((await showJob(stranger, booking.job.id)).status).toBe('open');
  expect(await statusOf(booking.applicationId!)).toBe('withdrawn');
  expect(await refusal(confirm(carl, booking.id))).toBe('conflict');
});

test('either side cancels before delivery; the job is open again and the address hidden', async () => {
  for (const person of [customer, carl]) {
    const booking = await confirmedBooking(customer, carl);
    const cancelled = await cancel(person, booking.id, 'The pipe broke.');
    expect(cancelled).toMatchObject({
      state: 'cancelled',
      cancelledBy: person === customer ? 'customer' : 'contractor',
      cancelReason: 'The pipe broke.',
    });
    expect((await showJob(stranger, booking.job.id)).status).toBe('open');
    expect((await showJob(carl, booking.job.id)).place.isExact).toBe(false);
    expect(await statusOf(booking.applicationId!)).toBe('open');
    expect(await refusal(cancel(person, booking.id))).toBe('conflict');
    // The customer can pick again, the same application too.
    expect((await invite(customer, { applicationId: booking.applicationId })).state).toBe('requested');
  }
});

test('a cancelled active booking gives the money back; a delivered one cannot be cancelled', async () => {
  const booking = await activeBooking(world, customer, carl);
  expect(await cancel(carl, booking.id)).toMatchObject({ state: 'cancelled' });
  const payment = await world.ctx.db
    .selectFrom('payments')
    .select(['refund_requested_at', 'release_requested_at'])
    .where('booking_id', '=', booking.id)
    .executeTakeFirstOrThrow();
  expect(payment).toEqual({ refund_requested_at: world.ctx.clock.now(), release_requested_at: null });
  const delivered = await activeBooking(world, customer, carl);
  await deliver(carl, delivered.id);
  for (const person of [customer, carl]) expect(await refusal(cancel(person, delivered.id))).toBe('conflict');
});

test('only an active booking is delivered, with a note, and the review period starts', async () => {
  const confirmed = await confirmedBooking(customer, carl);
  expect(await refusal(deliver(carl, confirmed.id))).toBe('conflict');
  const active = await activeBooking(world, customer, carl);
  expect(
    await refusal(carl.client.call(bookings.deliver, { params: { id: active.id }, body: {} as never })),
  ).toBe('validation_failed');
  const releaseAt = new Date(world.ctx.clock.now().getTime() + 72 * hourMs).toISOString();
  expect(await deliver(carl, active.id)).toMatchObject({
    state: 'delivered',
    releaseAt,
    deliveryNote: 'Two coats of paint.',
  });
  expect(await refusal(deliver(carl, active.id))).toBe('conflict');
});

test('each side lists its own bookings, newest first, by state and in pages', async () => {
  const owner = await createPerson(world, { role: 'customer' });
  const worker = await createPerson(world, { role: 'contractor' });
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    world.clock.advance(1000);
    ids.unshift((await requestBooking(owner, worker)).id);
  }
  await confirm(worker, ids[1]!);
  for (const person of [owner, worker]) {
    const first = await person.client.call(bookings.listOwn, { query: { limit: '2' } });
    const second = await person.client.call(bookings.listOwn, {
      query: { limit: '2', cursor: first.nextCursor! },
    });
    expect([...first.items, ...second.items].map((one) => one.id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
    const confirmed = await person.client.call(bookings.listOwn, { query: { state: 'confirmed' } });
    expect(confirmed.items.map((one) => one.id)).toEqual([ids[1]]);
  }
  expect((await cleo.client.call(bookings.listOwn)).items).toEqual([]);
});
