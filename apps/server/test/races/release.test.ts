import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cancelBooking } from '../../src/bookings/cancel.ts';
import { completeJob } from '../../src/bookings/complete.ts';
import { followDispute } from '../../src/chargebacks/chargebacks.ts';
import type { Ctx } from '../../src/context.ts';
import { release } from '../../src/payments/release.ts';
import { refundPayment } from '../../src/refunds/refund-payment.ts';
import { type Held, holdMany } from '../held.ts';
import type { Person } from '../people.ts';
import {
  actorOf,
  expectCleanAudit,
  expectOutcomes,
  longTest,
  play,
  type RaceWorld,
  race,
  rounds,
  startRaces,
} from '../races.ts';

/*
 * The money of one payment goes one way only. All of it is at Stripe: what was decided is sent in the end, and Stripe,
 * ledger and rows agree.
 */

let world: RaceWorld;
let other: Ctx;
let admin: Person;
beforeAll(async () => {
  world = await startRaces();
  ({ other, admin } = world);
});
afterAll(() => world.stop());

let held: Held[];
beforeEach(async () => {
  held = await holdMany(world, world.pairs, rounds, { atStripe: true });
}, 300_000);
afterEach(() => expectCleanAudit(world), 300_000);

const complete = (ctx: Ctx, { pair, jobId }: Held) => completeJob(ctx, actorOf(pair.customer), jobId);
const refund = (ctx: Ctx, by: Person, { paymentId }: Held) =>
  refundPayment(ctx, actorOf(by), paymentId, {
    amountMinor: undefined,
    reason: 'Agreed with both sides.',
    requestKey: paymentId,
  });

/** How many of these payments are in each state, and how many transfers, reversals and refunds they have. */
async function summary() {
  const ids = held.map(({ paymentId }) => paymentId);
  const { rows } = await sql<Record<string, number>>`
    select count(*) filter (where status = 'held')::int as held,
      count(*) filter (where status = 'released')::int as released,
      count(*) filter (where status = 'refunded')::int as refunded,
      count(stripe_transfer_id)::int as transfers,
      (select count(*)::int from refunds where payment_id = any(${ids})) as refunds,
      (select count(*)::int from reversals where payment_id = any(${ids})) as reversals
    from payments where id = any(${ids})`.execute(world.ctx.db);
  return rows[0]!;
}

test(
  `two completions at once, and two workers with its release at once: one transfer, ${rounds} times`,
  longTest,
  async () => {
    // Completing a completed job is the same answer, not a second effect.
    const completed = await play(held, (one, index) =>
      race(other, index, [() => complete(world.ctx, one), () => complete(other, one)]),
    );
    expect(completed).toEqual({ 'done done': rounds });
    const released = await play(held, ({ paymentId }, index) =>
      race(other, index, [() => release(world.ctx, { paymentId }), () => release(other, { paymentId })]),
    );
    expect(released).toEqual({ 'done done': rounds });
    await world.settleQuietly();
    let transfers = 0;
    for await (const _ of world.ctx.stripe.transfers.list({ limit: 100 })) transfers += 1;
    expect(transfers).toBe(rounds);
    expect(await summary()).toMatchObject({ released: rounds, transfers: rounds });
  },
);

test(
  `a completion and a cancellation by either side at once: one of them, ${rounds} times`,
  longTest,
  async () => {
    const seen = await play(held, (one, index) => {
      const canceller = Math.floor(index / 10) % 2 === 0 ? one.pair.customer : one.pair.contractor;
      return race(other, index, [
        () => complete(world.ctx, one),
        () => cancelBooking(other, actorOf(canceller), one.bookingId, {}),
      ]);
    });
    expectOutcomes(seen, 'done conflict', 'conflict done');
    await world.settleQuietly();
    expect(await summary()).toEqual({
      held: 0,
      released: seen['done conflict'],
      transfers: seen['done conflict'],
      refunded: seen['conflict done'],
      refunds: seen['conflict done'],
      reversals: 0,
    });
  },
);

test(
  `a completion that a worker releases at once, and an admin's refund: whatever is first, ${rounds} times`,
  longTest,
  async () => {
    const seen = await play(held, (one, index) =>
      race(other, index, [
        async () => {
          await complete(world.ctx, one);
          await release(world.ctx, one);
        },
        () => refund(other, admin, one),
      ]),
    );
    // Refunded first, there is nothing to complete. Completed, the release is given up or taken back; on its way, it goes on.
    for (const outcome of Object.keys(seen))
      expect(['conflict done', 'done done', 'done conflict']).toContain(outcome);
    expect(seen['conflict done']).toBeGreaterThan(0);
    expect(seen['done done']).toBeGreaterThan(0);
    await world.settleQuietly();
    const { released, refunded, refunds, transfers, reversals } = await summary();
    expect(released).toBe(seen['done conflict'] ?? 0);
    expect(refunds).toBe(rounds - released!);
    // What was released and then refunded was taken back; the payments of both are refunded.
    expect(refunded).toBe(refunds);
    expect(reversals).toBe(transfers! - released!);
    expect(reversals).toBeGreaterThan(0);
  },
);

test(
  `a chargeback that Stripe tells of and the completion at once: nothing is sent, ${rounds} times`,
  longTest,
  async () => {
    const disputes = new Map<string, string>();
    for (const { chargeId } of held)
      disputes.set(chargeId, await world.sandbox.control.openDispute(chargeId));
    const seen = await play(held, (one, index) =>
      race(other, index, [
        () => complete(world.ctx, one),
        // What the task of the webhook does.
        () => followDispute(other, disputes.get(one.chargeId)!),
      ]),
    );
    // Completed or not, the release waits for the bank.
    expectOutcomes(seen, 'done done', 'conflict done');
    await world.settleQuietly();
    expect(await summary()).toMatchObject({ held: rounds, transfers: 0 });
    const { rows } = await sql<{ waits: number; open: number }>`
    select count(*) filter (where release_waits_for = 'freeze')::int as waits,
      (select count(*)::int from chargebacks where outcome is null) as open from payments`.execute(
      world.ctx.db,
    );
    expect(rows).toEqual([{ waits: seen['done done'], open: rounds }]);
  },
);
