import { bookings, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyFor, confirmedBooking, holdMoney, postJob, refusal, requestBooking } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { lockJob } from '../jobs/jobs.ts';
import { lockPayableBooking } from './bookings.ts';
import { expireBookings } from './expire.ts';

let world: World;
let customer: Person;
let carl: Person;
let cleo: Person;
beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
  cleo = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const rounds = (count: number) => Array.from({ length: count });
const book = (applicationId: string) => customer.client.call(bookings.create, { body: { applicationId } });
const answer = (name: 'confirm' | 'decline', id: string) =>
  refusal(carl.client.call(bookings[name], { params: { id } }));
const cancel = (person: Person, id: string) =>
  refusal(person.client.call(bookings.cancel, { params: { id }, body: {} }));
const liveOf = (jobId: string) =>
  world.ctx.db
    .selectFrom('bookings')
    .select('contractor_id')
    .where('job_id', '=', jobId)
    .where('state', 'in', ['requested', 'confirmed', 'active', 'delivered'])
    .execute();
/* Those about money are in test/races. */

test('two bookings of one job at once: one wins', async () => {
  for (const _round of rounds(50)) {
    const job = await postJob(customer);
    const [one, other] = await Promise.all([applyFor(carl, job), applyFor(cleo, job)]);
    const answers = await Promise.all([
      refusal(book(one.id)),
      refusal(book(other.id)),
      refusal(customer.client.call(bookings.create, { body: { jobId: job.id, contractorId: cleo.id } })),
    ]);
    expect(answers.toSorted()).toEqual(['conflict', 'conflict', 'no error']);
    expect(await liveOf(job.id)).toHaveLength(1);
  }
});

test('confirmed, declined, cancelled and expired at once: the job and its booking agree in the end', async () => {
  for (const round of rounds(50).keys()) {
    const booking = await requestBooking(customer, carl);
    const isDue = round % 2 === 0;
    if (isDue) world.clock.advance(2 * dayMs);
    const answers = await Promise.all([
      answer('confirm', booking.id),
      answer('decline', booking.id),
      cancel(customer, booking.id),
      isDue ? expireBookings(world.ctx).then(() => 'swept') : 'swept',
    ]);
    for (const one of answers) expect(['no error', 'conflict', 'swept']).toContain(one);
    if (isDue) expect(answers.slice(0, 2)).toEqual(['conflict', 'conflict']);
    const { state } = await carl.client.call(bookings.get, { params: { id: booking.id } });
    const { status } = await customer.client.call(jobs.get, { params: { id: booking.job.id } });
    expect(['confirmed', 'declined', 'cancelled', 'expired']).toContain(state);
    expect(status).toBe(state === 'confirmed' ? 'booked' : 'open');
  }
});

test('a job cancelled while it is being booked is either cancelled or booked', async () => {
  for (const _round of rounds(30)) {
    const job = await postJob(customer);
    const application = await applyFor(carl, job);
    const answers = await Promise.all([
      refusal(book(application.id)),
      refusal(customer.client.call(jobs.cancel, { params: { id: job.id } })),
    ]);
    expect(answers.toSorted()).toEqual(['conflict', 'no error']);
    expect(await liveOf(job.id)).toHaveLength(answers[0] === 'no error' ? 1 : 0);
  }
});

test('whoever holds a job and waits for its booking does not block the payment being opened for it', async () => {
  const booking = await confirmedBooking(customer, carl);
  await world.ctx.db.transaction().execute(async (tx) => {
    await lockJob(tx, booking.job.id);
    // The payment's row refers to the job: this would wait for ever if the lock were stronger than it has to be.
    await holdMoney(world, booking);
  });
  await expect(
    world.ctx.db.transaction().execute((tx) => lockPayableBooking(world.ctx, tx, customer.id, booking.id)),
  ).resolves.toMatchObject({ bookingId: booking.id });
});
