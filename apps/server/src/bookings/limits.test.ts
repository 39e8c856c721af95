import { applications, bookings, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { holdMany } from '../../test/held.ts';
import {
  activeBooking,
  confirmedBooking,
  holdMoney,
  postJob,
  refusal,
  requestBooking,
} from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { addMs, dayMs, hourMs } from '../clock.ts';
import { autoCompleteBookings } from './auto-complete.ts';
import { activateBooking, hasLiveBookings, lockPayableBooking } from './bookings.ts';
import { expireBookings } from './expire.ts';
import { endHolds } from './hold-limit.ts';

let world: World;
let customer: Person;
let stranger: Person;
let carl: Person;
beforeAll(async () => {
  world = await startWorld({
    config: { answerLimitHours: 10, paymentLimitHours: 20, reviewPeriodHours: 30 },
  });
  customer = await createPerson(world, { role: 'customer' });
  stranger = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const show = (id: string) => customer.client.call(bookings.get, { params: { id } });
const statusOfJob = async (id: string) => (await customer.client.call(jobs.get, { params: { id } })).status;
const complete = (person: Person, id: string) => person.client.call(bookings.complete, { params: { id } });
const deliver = (id: string) =>
  carl.client.call(bookings.deliver, { params: { id }, body: { note: 'Two coats of paint.' } });
const inTx = <T>(work: (tx: Parameters<typeof hasLiveBookings>[0]) => Promise<T>) =>
  world.ctx.db.transaction().execute(work);

test('an answer after its time is a conflict, before the sweep and after it', async () => {
  const booking = await requestBooking(customer, carl);
  world.clock.advance(10 * hourMs);
  for (const name of ['confirm', 'decline'] as const)
    expect(await refusal(carl.client.call(bookings[name], { params: { id: booking.id } }))).toBe('conflict');
  await expireBookings(world.ctx);
  expect(await show(booking.id)).toMatchObject({
    state: 'expired',
    endedAt: world.ctx.clock.now().toISOString(),
  });
  expect(await statusOfJob(booking.job.id)).toBe('open');
  const own = await carl.client.call(applications.listOwn, { query: { limit: '1' } });
  expect(own.items[0]).toMatchObject({ id: booking.applicationId, status: 'open' });
  expect(await refusal(carl.client.call(bookings.confirm, { params: { id: booking.id } }))).toBe('conflict');
});

test('before its time a booking does not expire', async () => {
  const requested = await requestBooking(customer, carl);
  world.clock.advance(10 * hourMs - 1);
  await expireBookings(world.ctx);
  expect((await show(requested.id)).state).toBe('requested');
  await carl.client.call(bookings.confirm, { params: { id: requested.id } });
  world.clock.advance(20 * hourMs - 1);
  await expireBookings(world.ctx);
  expect((await show(requested.id)).state).toBe('confirmed');
});

test('a confirmed booking that nobody paid expires, and cannot be paid before the sweep either', async () => {
  const booking = await confirmedBooking(customer, carl);
  world.clock.advance(20 * hourMs);
  await expect(
    inTx((tx) => lockPayableBooking(world.ctx, tx, customer.id, booking.id)),
  ).rejects.toMatchObject({ code: 'conflict' });
  await expireBookings(world.ctx);
  expect((await show(booking.id)).state).toBe('expired');
  expect(await statusOfJob(booking.job.id)).toBe('open');
  expect(await inTx((tx) => activateBooking(world.ctx, tx, booking.id))).toBe(false);
});

test('money that came in at the last moment keeps a booking alive', async () => {
  const booking = await confirmedBooking(customer, carl);
  await holdMoney(world, booking);
  world.clock.advance(20 * hourMs);
  await expireBookings(world.ctx);
  expect(await show(booking.id)).toMatchObject({ state: 'active' });
});

test('more bookings than one batch expire in one sweep', async () => {
  const now = world.ctx.clock.now();
  const owner = await createPerson(world, { role: 'customer' });
  const posted = await postJob(owner);
  await world.ctx.pool.query(
    `insert into jobs (id, customer_id, title, description, category, budget_minor, currency, address, city, lat, lng, status, booked_contractor_id, created_at, updated_at)
     select 'job_' || lpad(n::text, 22, '0'), customer_id, title, description, category, budget_minor, currency, address, city, lat, lng, 'booked', $2, created_at, updated_at
     from jobs, generate_series(1, 450) n where id = $1`,
    [posted.id, carl.id],
  );
  await world.ctx.pool.query(
    `insert into bookings (id, job_id, customer_id, contractor_id, price_minor, currency, state, answer_by, requested_at, updated_at)
     select 'bkg_' || right(id, 22), id, customer_id, $2, 1000, 'eur', 'requested', $3, $3, $3
     from jobs where customer_id = $1 and status = 'booked'`,
    [owner.id, carl.id, now],
  );
  await expireBookings(world.ctx);
  const left = await world.ctx.db
    .selectFrom('bookings')
    .select('id')
    .where('customer_id', '=', owner.id)
    .where('state', '<>', 'expired')
    .execute();
  expect(left).toEqual([]);
});

test('the customer completes a delivered booking or an active one; again answers the same', async () => {
  for (const isDelivered of [true, false]) {
    const booking = await activeBooking(world, customer, carl);
    if (isDelivered) await deliver(booking.id);
    expect(await refusal(complete(stranger, booking.job.id))).toBe('not_found');
    expect(await refusal(complete(carl, booking.job.id))).toBe('forbidden');
    const completed = await complete(customer, booking.job.id);
    expect(completed).toMatchObject({ id: booking.id, state: 'completed', completedBy: 'customer' });
    expect(await statusOfJob(booking.job.id)).toBe('completed');
    world.clock.advance(1000);
    expect(await complete(customer, booking.job.id)).toEqual(completed);
  }
});

test('there is nothing to complete before money is held, or after the booking ended', async () => {
  const job = await postJob(customer);
  expect(await refusal(complete(customer, job.id))).toBe('conflict');
  const booking = await confirmedBooking(customer, carl, job);
  expect(await refusal(complete(customer, job.id))).toBe('conflict');
  await customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
  expect(await refusal(complete(customer, job.id))).toBe('conflict');
});

test('a customer who is silent after delivery releases by the end of the review period', async () => {
  const booking = await activeBooking(world, customer, carl);
  await deliver(booking.id);
  world.clock.advance(30 * hourMs - 1);
  await autoCompleteBookings(world.ctx);
  expect((await show(booking.id)).state).toBe('delivered');
  world.clock.advance(1);
  await autoCompleteBookings(world.ctx);
  expect(await show(booking.id)).toMatchObject({ state: 'completed', completedBy: 'system' });
  expect(await statusOfJob(booking.job.id)).toBe('completed');
  const payment = await world.ctx.db
    .selectFrom('payments')
    .select('release_requested_at')
    .where('booking_id', '=', booking.id)
    .executeTakeFirstOrThrow();
  expect(payment.release_requested_at).toEqual(world.ctx.clock.now());
});

test('what checkout asks: whose booking, whether payable, at what price', async () => {
  const booking = await confirmedBooking(customer, carl);
  const terms = await inTx((tx) => lockPayableBooking(world.ctx, tx, customer.id, booking.id));
  expect(terms).toEqual({
    bookingId: booking.id,
    jobId: booking.job.id,
    customerId: customer.id,
    contractorId: carl.id,
    amountMinor: 42_000,
    currency: 'eur',
    category: 'painting',
  });
  await expect(
    inTx((tx) => lockPayableBooking(world.ctx, tx, stranger.id, booking.id)),
  ).rejects.toMatchObject({ code: 'not_found' });
  expect(await inTx((tx) => activateBooking(world.ctx, tx, booking.id))).toBe(true);
  expect(await inTx((tx) => activateBooking(world.ctx, tx, booking.id))).toBe(true);
  await expect(
    inTx((tx) => lockPayableBooking(world.ctx, tx, customer.id, booking.id)),
  ).rejects.toMatchObject({ code: 'conflict' });
  for (const person of [customer, carl])
    expect(await inTx((tx) => hasLiveBookings(tx, person.id))).toBe(true);
  expect(await inTx((tx) => hasLiveBookings(tx, stranger.id))).toBe(false);
});

test('money held as long as it may be goes back although a hundred older payments are frozen, which stay', async () => {
  const pair = { customer, contractor: carl };
  const tooOld = addMs(world.clock.now(), -91 * dayMs);
  const frozen = await holdMany(world, [pair], 100, { at: addMs(tooOld, -dayMs) });
  const [free] = await holdMany(world, [pair], 1, { at: tooOld });
  const ids = frozen.map(({ paymentId }) => paymentId);
  await world.ctx.pool.query(
    `insert into payment_freezes select 'frz_' || id, id, 'admin', id, 'Looked into.', now(), null
     from payments where id = any($1)`,
    [ids],
  );
  await endHolds(world.ctx);
  const { rows } = await world.ctx.pool.query('select payment_id, cause from refunds');
  expect(rows).toEqual([{ payment_id: free!.paymentId, cause: 'hold_limit' }]);
});
