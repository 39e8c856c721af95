import { type Booking, bookings, jobs, payments } from '@holdfast/contract';
import { type Action, type Attempt, personOf, type Sequence } from '../action.ts';
import { call, type Outcome } from '../api.ts';
import { type Booked, bookings as bookingsIn, jobs as jobsIn, openApplications } from '../look.ts';
import type { Person } from '../people.ts';
import { jobInput } from './jobs.ts';
import { anyPrice, type Price } from './money.ts';

const book: Action = {
  name: 'book',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const applied = await openApplications(sequence);
    if (applied.length > 0 && chance.happens(60)) {
      const { id, customerId } = chance.pick(applied);
      const customer = personOf(sequence, customerId);
      return {
        says: `${customer.name} books ${id}`,
        expects: ['ok'],
        run: () => call(world, customer, bookings.create, { body: { applicationId: id } }),
      };
    }
    const open = await jobsIn(sequence, 'open');
    if (open.length === 0) return undefined;
    const job = chance.pick(open);
    const customer = personOf(sequence, job.customerId);
    const contractor = chance.pick(sequence.contractors);
    return {
      says: `${customer.name} invites ${contractor.name} for ${job.id}`,
      expects: ['ok'],
      run: () =>
        call(world, customer, bookings.create, { body: { jobId: job.id, contractorId: contractor.id } }),
    };
  },
};

/** From nothing to a booking that waits for its payment: so that sequences get to the money soon. */
export const arrange: Action = {
  name: 'arrange a booking',
  weight: 7,
  plan: async (sequence) => {
    const { chance } = sequence;
    const customer = chance.pick(sequence.customers);
    const contractor = chance.pick(sequence.contractors);
    const price = anyPrice(chance);
    return {
      says: `${customer.name} and ${contractor.name} agree on ${price.amount} ${price.currency}`,
      expects: ['ok'],
      run: () => arranged(sequence, customer, contractor, price),
    };
  },
};

async function arranged(
  sequence: Sequence,
  customer: Person,
  contractor: Person,
  price: Price,
): Promise<Outcome<Booking>> {
  const { world } = sequence;
  const job = await call(world, customer, jobs.create, { body: jobInput(sequence, price) });
  if (job.code !== 'ok') return { ...job, body: undefined };
  const body = { jobId: job.body!.id, contractorId: contractor.id };
  const booking = await call(world, customer, bookings.create, { body });
  if (booking.code !== 'ok') return booking;
  return call(world, contractor, bookings.confirm, { params: { id: booking.body!.id } });
}

/** And on to a completed job, so that there is something to withdraw as well. */
export const earn: Action = {
  name: 'earn',
  weight: 6,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const customer = chance.pick(sequence.customers);
    const contractor = chance.pick(sequence.contractors);
    const price = anyPrice(chance);
    return {
      says: `${contractor.name} earns ${price.amount} ${price.currency} from ${customer.name}`,
      expects: ['ok'],
      run: async () => {
        const booking = await arranged(sequence, customer, contractor, price);
        if (booking.code !== 'ok') return booking;
        const { id, job } = booking.body!;
        const opened = await call(world, customer, payments.createIntent, { body: { bookingId: id } });
        if (opened.code !== 'ok') return opened;
        const paid = await call(world, customer, payments.confirm, {
          body: { paymentId: opened.body!.payment.id, paymentMethod: 'pm_card_bypassPending' },
        });
        if (paid.code !== 'ok') return paid;
        return call(world, customer, bookings.complete, { params: { id: job.id } });
      },
    };
  },
};

const isInTime = (sequence: Sequence, limit: Date | null) =>
  limit !== null && limit > sequence.world.life.ctx.clock.now();

async function anyBooking(sequence: Sequence, states: string[]): Promise<Booked | undefined> {
  // Now and then on one that is in another state: it must be refused then.
  const known = await bookingsIn(sequence, sequence.chance.happens(85) ? states : undefined);
  return known.length === 0 ? undefined : sequence.chance.pick(known);
}

const answer: Action = {
  name: 'answer a booking',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const booking = await anyBooking(sequence, ['requested']);
    if (booking === undefined) return undefined;
    const contractor = personOf(sequence, booking.contractorId);
    const isTaken = sequence.chance.happens(80);
    const isPossible = booking.state === 'requested' && isInTime(sequence, booking.answerBy);
    return {
      says: `${contractor.name} ${isTaken ? 'confirms' : 'declines'} ${booking.id} (${booking.state})`,
      expects: [isPossible ? 'ok' : 'conflict'],
      run: () =>
        call(sequence.world, contractor, isTaken ? bookings.confirm : bookings.decline, {
          params: { id: booking.id },
        }),
    };
  },
};

const cancel: Action = {
  name: 'cancel a booking',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const booking = await anyBooking(sequence, ['requested', 'confirmed', 'active']);
    return booking === undefined ? undefined : cancelling(sequence, booking);
  },
};

function cancelling(sequence: Sequence, booking: Booked): Attempt {
  const { chance, world } = sequence;
  const person = personOf(sequence, chance.pick([booking.customerId, booking.contractorId]));
  const isPossible = ['requested', 'confirmed', 'active'].includes(booking.state);
  return {
    says: `${person.name} cancels ${booking.id} (${booking.state})`,
    expects: [isPossible && !booking.isFrozen ? 'ok' : 'conflict'],
    run: () => call(world, person, bookings.cancel, { params: { id: booking.id }, body: {} }),
  };
}

const deliver: Action = {
  name: 'deliver',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const booking = await anyBooking(sequence, ['active']);
    if (booking === undefined) return undefined;
    const contractor = personOf(sequence, booking.contractorId);
    return {
      says: `${contractor.name} delivers ${booking.id} (${booking.state})`,
      expects: [booking.state === 'active' ? 'ok' : 'conflict'],
      run: () =>
        call(sequence.world, contractor, bookings.deliver, {
          params: { id: booking.id },
          body: { note: 'Both walls have two coats.' },
        }),
    };
  },
};

const complete: Action = {
  name: 'complete',
  weight: 5,
  isContended: true,
  plan: async (sequence) => {
    const booking = await anyBooking(sequence, ['active', 'delivered']);
    if (booking === undefined) return undefined;
    const customer = personOf(sequence, booking.customerId);
    const isHeld = booking.state === 'active' || booking.state === 'delivered';
    return {
      says: `${customer.name} completes ${booking.jobId} (${booking.state})`,
      // A job may have had several bookings: that of another one decides then.
      expects: isHeld && !booking.isFrozen ? ['ok'] : ['ok', 'conflict'],
      run: () => call(sequence.world, customer, bookings.complete, { params: { id: booking.jobId } }),
    };
  },
};

export const bookingActions: Action[] = [book, arrange, earn, answer, cancel, deliver, complete];
