import { ApiError } from '@holdfast/client';
import {
  type Application,
  applications,
  type Booking,
  bookings,
  type Job,
  type JobInput,
  jobs,
} from '@holdfast/contract';
import { newId } from '../src/ids.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

export const jobInput = (over: Partial<JobInput> = {}): JobInput => ({
  title: 'Repaint a kitchen',
  description: 'Two walls and the ceiling, about thirty square metres.',
  category: 'painting',
  budget: { amount: 45_000, currency: 'eur' },
  place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
  ...over,
});

export const postJob = (customer: Person, over: Partial<JobInput> = {}): Promise<Job> =>
  customer.client.call(jobs.create, { body: jobInput(over) });

export const applyFor = (contractor: Person, job: Job, amount = 42_000): Promise<Application> =>
  contractor.client.call(applications.apply, {
    params: { id: job.id },
    body: { quote: { amount, currency: job.budget.currency }, message: 'I could start on Monday.' },
  });

/** A booking in the state requested, made from an application. */
export async function requestBooking(customer: Person, contractor: Person, job?: Job): Promise<Booking> {
  const application = await applyFor(contractor, job ?? (await postJob(customer)));
  return customer.client.call(bookings.create, { body: { applicationId: application.id } });
}

export async function confirmedBooking(customer: Person, contractor: Person, job?: Job): Promise<Booking> {
  const booking = await requestBooking(customer, contractor, job);
  return contractor.client.call(bookings.confirm, { params: { id: booking.id } });
}

/**
 * A booking whose money is held, written straight into the database as checkout would leave it: for tests that are
 * not about Stripe. Do not drain the outbox after it, nothing of this exists at Stripe.
 */
export async function activeBooking(world: World, customer: Person, contractor: Person): Promise<Booking> {
  const booking = await confirmedBooking(customer, contractor);
  await holdMoney(world, booking);
  const now = world.ctx.clock.now();
  await world.ctx.db
    .updateTable('bookings')
    .set({ state: 'active', active_at: now })
    .where('id', '=', booking.id)
    .execute();
  return contractor.client.call(bookings.get, { params: { id: booking.id } });
}

export async function holdMoney(world: World, booking: Booking): Promise<void> {
  const now = world.ctx.clock.now();
  await world.ctx.db
    .insertInto('payments')
    .values({
      id: newId('pay'),
      booking_id: booking.id,
      job_id: booking.job.id,
      customer_id: booking.customer.id,
      contractor_id: booking.contractor.id,
      amount_minor: booking.price.amount,
      currency: booking.price.currency,
      commission_basis_points: 1000,
      commission_minor: 0,
      status: 'held',
      held_at: now,
      stripe_payment_id: newId('pi'),
      read_at: now,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** The code of the problem a call was refused with, or 'no error'. */
export const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error) => (error instanceof ApiError ? error.problem.code : String(error)),
  );
