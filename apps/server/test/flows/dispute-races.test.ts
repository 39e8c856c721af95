import { ApiError } from '@holdfast/client';
import { type Booking, bookings } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { autoCompleteBookings } from '../../src/bookings/auto-complete.ts';
import { hourMs } from '../../src/clock.ts';
import { dispute } from '../disputed.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';

const rounds = 500;
const atOnce = 5;
const longTest = { timeout: 300_000 };

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());

/** Plays the rounds a few at a time, and answers how often each outcome came. */
async function repeat(round: (index: number) => Promise<string>): Promise<Record<string, number>> {
  const outcomes: string[] = [];
  for (let first = 0; first < rounds; first += atOnce) {
    outcomes.push(...(await Promise.all(Array.from({ length: atOnce }, (_, at) => round(first + at)))));
    // The limits are for people; these two are busier than any.
    await sql`delete from rate_limits`.execute(world.ctx.db);
  }
  return Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, all]) => [one, all.length]));
}

async function paidBooking(): Promise<Booking> {
  const booking = await confirmBooking(pair, { amount: 1000, currency: 'eur' });
  await pay(pair, booking);
  return booking;
}

const statusOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => {
      if (error instanceof ApiError) return String(error.problem.status);
      throw error;
    },
  );

/** Both at once; which of the two is sent first changes from round to round, so that each has its chance. */
async function race(index: number, one: () => Promise<unknown>, other: () => Promise<unknown>) {
  const isTurned = index % 2 === 1;
  const calls = isTurned ? [other, one] : [one, other];
  const results = await Promise.all(calls.map((call) => statusOf(call())));
  return (isTurned ? results.reverse() : results).join(' ');
}

/** What is left of the race: a dispute with its freeze and money that stays, or money on its way and neither. */
async function requireOneOutcome(booking: Booking, hasDispute: boolean): Promise<void> {
  const { rows } = await sql`
    select (select count(*) from disputes where booking_id = ${booking.id}) as disputes,
      (select count(*) from payment_freezes where payment_id = payments.id) as freezes,
      (release_requested_at is not null or refunded_minor > 0) as moves
    from payments where booking_id = ${booking.id}`.execute(world.ctx.db);
  expect(rows).toEqual([{ disputes: hasDispute ? 1 : 0, freezes: hasDispute ? 1 : 0, moves: !hasDispute }]);
}

test(`a dispute and the completion at once: one of them, ${rounds} times`, longTest, async () => {
  const outcomes = await repeat(async (index) => {
    const booking = await paidBooking();
    const outcome = await race(
      index,
      () => dispute(pair.contractor, booking.id),
      () => pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } }),
    );
    await requireOneOutcome(booking, outcome === 'done 409');
    return outcome;
  });
  expect(Object.keys(outcomes).toSorted()).toEqual(['409 done', 'done 409']);
});

test(`a dispute and a cancellation at once: one of them, ${rounds} times`, longTest, async () => {
  const outcomes = await repeat(async (index) => {
    const booking = await paidBooking();
    const outcome = await race(
      index,
      () => dispute(pair.customer, booking.id),
      () => pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} }),
    );
    await requireOneOutcome(booking, outcome === 'done 409');
    return outcome;
  });
  expect(Object.keys(outcomes).toSorted()).toEqual(['409 done', 'done 409']);
});

test(
  `a dispute and the end of the review period at once: one of them, ${rounds} times`,
  longTest,
  async () => {
    const delivered: Booking[] = [];
    await repeat(async (index) => {
      const { id } = await paidBooking();
      const body = { note: 'Done.' };
      delivered[index] = await pair.contractor.client.call(bookings.deliver, { params: { id }, body });
      // Five by five they come to their end, so that the sweep has just them to complete.
      const releaseAt = new Date(
        world.ctx.clock.now().getTime() + (100 + Math.floor(index / atOnce)) * hourMs,
      );
      await sql`update bookings set release_at = ${releaseAt} where id = ${id}`.execute(world.ctx.db);
      return '';
    });
    await world.sandbox.clock.advance(99.5 * hourMs);
    const logged: unknown[] = [];
    const original = world.ctx.log.error;
    world.ctx.log.error = (...line: unknown[]) => {
      logged.push(line);
    };
    const outcomes = new Set<string>();
    for (let first = 0; first < rounds; first += atOnce) {
      await world.sandbox.clock.advance(hourMs);
      const ending = delivered.slice(first, first + atOnce);
      const sweeping = autoCompleteBookings(world.ctx);
      const results = await Promise.all(ending.map(({ id }) => statusOf(dispute(pair.customer, id))));
      await sweeping;
      for (const [at, booking] of ending.entries()) {
        outcomes.add(results[at]!);
        await requireOneOutcome(booking, results[at] === 'done');
      }
      await sql`delete from rate_limits`.execute(world.ctx.db);
    }
    expect([...outcomes].toSorted()).toEqual(['409', 'done']);
    world.ctx.log.error = original;
    // A sweep that comes too late has nothing to complain about.
    expect(logged).toEqual([]);
  },
);

test('after all of it everything still adds up', longTest, async () => {
  // Thousands of mails are not what this is about.
  await sql`delete from graphile_worker._private_jobs where task_id =
    (select id from graphile_worker._private_tasks where identifier = 'accounts.send-notice')`.execute(
    world.ctx.db,
  );
  await world.settle();
  expect((await audit(world.ctx, 100)).flatMap((result) => result.findings)).toEqual([]);
});
