import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { confirmBooking } from '../../src/bookings/answer.ts';
import { autoCompleteBookings } from '../../src/bookings/auto-complete.ts';
import { cancelBooking } from '../../src/bookings/cancel.ts';
import { completeJob } from '../../src/bookings/complete.ts';
import type { Ctx } from '../../src/context.ts';
import { openDispute } from '../../src/disputes/open.ts';
import { release } from '../../src/payments/release.ts';
import { freeze } from '../../src/refunds/freeze.ts';
import { complaint } from '../disputed.ts';
import { bookMany, type Held, holdMany } from '../held.ts';
import type { Person } from '../people.ts';
import {
  actorOf,
  expectBalancedLedger,
  expectOutcomes,
  longTest,
  play,
  type RaceWorld,
  race,
  rounds,
  startRaces,
} from '../races.ts';

/* What row locks decide, before anything is asked of Stripe: nothing of these payments is there. */

let world: RaceWorld;
let other: Ctx;
let admin: Person;
beforeAll(async () => {
  world = await startRaces();
  ({ other, admin } = world);
});
afterAll(() => world.stop());
beforeEach(() => world.forgetTasks());
afterEach(() => expectBalancedLedger(world.ctx));

const complete = (ctx: Ctx, { pair, jobId }: Held) => completeJob(ctx, actorOf(pair.customer), jobId);
const dispute = (ctx: Ctx, by: Person, { bookingId }: Held) =>
  openDispute(ctx, actorOf(by), bookingId, complaint);

/** What is left of each: whether it is disputed, how many freezes it has, and whether its money is on its way. */
async function left(held: readonly Held[]): Promise<Record<string, number>> {
  const { rows } = await sql<{ what: string; n: number }>`
    select concat_ws(' ', disputes, freezes, case when moves then 'moves' else 'stays' end) as what, count(*)::int as n from (
      select (select count(*) from disputes where booking_id = payments.booking_id) as disputes,
        (select count(*) from payment_freezes where payment_id = payments.id) as freezes,
        (release_requested_at is not null or refunded_minor > 0) as moves
      from payments where id = any(${held.map(({ paymentId }) => paymentId)})) as each group by what`.execute(
    world.ctx.db,
  );
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]));
}

test(`a dispute and the completion at once: one of them, ${rounds} times`, longTest, async () => {
  const held = await holdMany(world, world.pairs, rounds);
  const seen = await play(held, (one, index) =>
    race(other, index, [() => dispute(world.ctx, one.pair.contractor, one), () => complete(other, one)]),
  );
  expectOutcomes(seen, 'done conflict', 'conflict done');
  expect(await left(held)).toEqual({
    '1 1 stays': seen['done conflict'],
    '0 0 moves': seen['conflict done'],
  });
});

test(`a dispute and a cancellation at once: one of them, ${rounds} times`, longTest, async () => {
  const held = await holdMany(world, world.pairs, rounds);
  const seen = await play(held, (one, index) =>
    race(other, index, [
      () => dispute(world.ctx, one.pair.customer, one),
      () => cancelBooking(other, actorOf(one.pair.contractor), one.bookingId, {}),
    ]),
  );
  expectOutcomes(seen, 'done conflict', 'conflict done');
  expect(await left(held)).toEqual({
    '1 1 stays': seen['done conflict'],
    '0 0 moves': seen['conflict done'],
  });
});

test(`an admin's freeze and the completion at once: nothing is sent, ${rounds} times`, longTest, async () => {
  const held = await holdMany(world, world.pairs, rounds);
  const seen = await play(held, (one, index) =>
    race(other, index, [
      () => freeze(world.ctx, actorOf(admin), one.paymentId, 'Looked into.'),
      () => complete(other, one),
    ]),
  );
  expectOutcomes(seen, 'done conflict', 'done done');
  expect(await left(held)).toEqual({ '0 1 stays': seen['done conflict'], '0 1 moves': seen['done done'] });
  // Completed before it was frozen, the release waits all the same. Were it sent, Stripe would refuse: it knows nothing of it.
  for (const one of held) await release(world.ctx, one);
  const { rows } = await sql<{ status: string; release_waits_for: string | null; n: number }>`
    select status, release_waits_for, count(*)::int as n from payments
    where id = any(${held.map(({ paymentId }) => paymentId)}) group by 1, 2 order by 2 nulls first`.execute(
    world.ctx.db,
  );
  expect(rows).toEqual([
    { status: 'held', release_waits_for: null, n: seen['done conflict'] },
    { status: 'held', release_waits_for: 'freeze', n: seen['done done'] },
  ]);
});

/** Each delivery comes to the end of its review period, and at once something is done to it. */
const atTheEndOfReview = (deliveries: readonly Held[], act: (one: Held) => Promise<unknown>) =>
  play(
    deliveries,
    async (one, index) => {
      await sql`update bookings set release_at = ${world.ctx.clock.now()} where id = ${one.bookingId}`.execute(
        world.ctx.db,
      );
      return race(other, index, [() => autoCompleteBookings(other), () => act(one)]);
    },
    // The sweep takes all that are due.
    { width: 1 },
  );

test(
  `a dispute and the end of the review period at once: one of them, ${rounds} times`,
  longTest,
  async () => {
    const logged: unknown[] = [];
    const original = other.log.error;
    other.log.error = (...line: unknown[]) => {
      logged.push(line);
    };
    const held = await holdMany(world, world.pairs, rounds, { state: 'delivered' });
    const seen = await atTheEndOfReview(held, (one) => dispute(world.ctx, one.pair.customer, one));
    other.log.error = original;
    expectOutcomes(seen, 'done done', 'done conflict');
    expect(await left(held)).toEqual({ '1 1 stays': seen['done done'], '0 0 moves': seen['done conflict'] });
    // A sweep that comes too late has nothing to complain about.
    expect(logged).toEqual([]);
  },
);

test(`the customer and the sweep complete at once: one release, ${rounds} times`, longTest, async () => {
  const held = await holdMany(world, world.pairs, rounds, { state: 'delivered' });
  const seen = await atTheEndOfReview(held, (one) => complete(world.ctx, one));
  expect(seen).toEqual({ 'done done': rounds });
  expect(await left(held)).toEqual({ '0 0 moves': rounds });
  const { rows } = await sql<{ completed_by: string; tasks: number }>`
    select completed_by, count(task.id)::int as tasks from bookings join payments on booking_id = bookings.id
    left join graphile_worker._private_jobs as task on task.key = 'release:' || payments.id
    where payments.id = any(${held.map(({ paymentId }) => paymentId)})
    group by completed_by order by completed_by`.execute(world.ctx.db);
  expect(rows.map((row) => row.completed_by)).toEqual(['customer', 'system']);
  expect(rows[0]!.tasks + rows[1]!.tasks).toBe(rounds);
});

test(
  `cancelled by either side while the contractor accepts: cancelled, and the job open, ${rounds} times`,
  longTest,
  async () => {
    const asked = await bookMany(world, world.pairs, rounds, { state: 'requested' });
    const seen = await play(asked, ({ pair, bookingId }, index) => {
      const canceller = Math.floor(index / 10) % 2 === 0 ? pair.customer : pair.contractor;
      return race(other, index, [
        () => confirmBooking(world.ctx, actorOf(pair.contractor), bookingId),
        () => cancelBooking(other, actorOf(canceller), bookingId, {}),
      ]);
    });
    // What was accepted can be cancelled as well, what was cancelled cannot be accepted.
    expectOutcomes(seen, 'done done', 'conflict done');
    const { rows } = await sql`
    select bookings.state, jobs.status, shows_address, booked_contractor_id, count(confirmed_at)::int as accepted
    from bookings join jobs on jobs.id = job_id
    where bookings.id = any(${asked.map(({ bookingId }) => bookingId)}) group by 1, 2, 3, 4`.execute(
      world.ctx.db,
    );
    expect(rows).toEqual([
      {
        state: 'cancelled',
        status: 'open',
        shows_address: false,
        booked_contractor_id: null,
        accepted: seen['done done'],
      },
    ]);
  },
);
