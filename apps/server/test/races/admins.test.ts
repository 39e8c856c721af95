import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { approve, reject } from '../../src/admin/decide.ts';
import { verifyAdminLog } from '../../src/admin/verify-log.ts';
import type { Ctx } from '../../src/context.ts';
import { refundApproved, refundPayment } from '../../src/refunds/refund-payment.ts';
import { type Held, holdMany } from '../held.ts';
import { createPerson, type Person } from '../people.ts';
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

/* Two admins want something of one payment. Nothing of these payments is at Stripe: row locks decide. */

let world: RaceWorld;
let other: Ctx;
let ada: Person;
let grace: Person;
let joan: Person;
beforeAll(async () => {
  world = await startRaces();
  ({ other, admin: ada } = world);
  grace = await createPerson(world, { role: 'admin' });
  joan = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
afterEach(async () => {
  await expectBalancedLedger(world.ctx);
  expect((await verifyAdminLog(world.ctx.db)).brokenAt).toBeNull();
});

const actions = { 'payment.refund': refundApproved };
const refund = (ctx: Ctx, by: Person, { paymentId }: Held, amountMinor?: number) =>
  refundPayment(ctx, actorOf(by), paymentId, {
    amountMinor,
    reason: 'Agreed with both sides.',
    requestKey: paymentId,
  });

/** How many refunds these payments have and what they come to, and how many payments are refunded as a whole. */
async function refunded(held: readonly Held[]) {
  const ids = held.map(({ paymentId }) => paymentId);
  const { rows } = await sql<{ refunds: number; minor: number; full: number }>`
    select count(*)::int as refunds, sum(refunds.amount_minor)::int as minor,
      count(*) filter (where payments.refunded_minor = payments.amount_minor)::int as full
    from refunds join payments on payments.id = payment_id where payment_id = any(${ids})`.execute(
    world.ctx.db,
  );
  return rows[0]!;
}

test(
  `two admins refund one payment at once: never more than there is, ${rounds} times`,
  longTest,
  async () => {
    const held = await holdMany(world, world.pairs, rounds);
    // Half of the time each wants all of it, half of the time more than half.
    const amountOf = (index: number) => (Math.floor(index / 10) % 2 === 0 ? undefined : 600);
    const seen = await play(held, (one, index) =>
      race(other, index, [
        () => refund(world.ctx, ada, one, amountOf(index)),
        () => refund(other, grace, one, amountOf(index)),
      ]),
    );
    expectOutcomes(
      seen,
      'done conflict',
      'conflict done',
      'done validation_failed',
      'validation_failed done',
    );
    const full = rounds / 2;
    expect(await refunded(held)).toEqual({ refunds: rounds, minor: full * 1600, full });
  },
);

test(`two admins decide at once what a third asked for: one decides, ${rounds} times`, longTest, async () => {
  const held = await holdMany(world, world.pairs, rounds, { amountMinor: 100_000 });
  const asked: string[] = [];
  for (const one of held) asked.push((await refund(world.ctx, ada, one)).approval!.id);
  const seen = await play(asked, async (approvalId, index) => {
    // In half of the rounds the other one says no.
    const isContested = Math.floor(index / 10) % 2 === 1;
    const [one, two] = await race(other, index, [
      () => approve(world.ctx, actions, actorOf(grace), approvalId),
      () =>
        isContested
          ? reject(other, actorOf(joan), approvalId, 'The work was done.')
          : approve(other, actions, actorOf(joan), approvalId),
    ]);
    return [one, isContested && two === 'done' ? 'rejected' : two];
  });
  expectOutcomes(seen, 'done conflict', 'conflict done', 'conflict rejected');
  const approved = rounds - seen['conflict rejected']!;
  expect(await refunded(held)).toEqual({ refunds: approved, minor: approved * 100_000, full: approved });
  const { rows } = await sql<{ decision: string; n: number }>`
    select decision, count(*)::int as n from approvals where id = any(${asked}) group by decision order by decision`.execute(
    world.ctx.db,
  );
  expect(rows).toEqual([
    { decision: 'approved', n: approved },
    { decision: 'rejected', n: seen['conflict rejected'] },
  ]);
});
