import { payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { completeJob } from '../../src/bookings/complete.ts';
import type { Ctx } from '../../src/context.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { forgiveDebt, outstandingDebt } from '../../src/payments/payments.ts';
import { release } from '../../src/payments/release.ts';
import { withdraw } from '../../src/payouts/withdraw.ts';
import { refundPayment } from '../../src/refunds/refund-payment.ts';
import { type Held, holdMany } from '../held.ts';
import type { Pair } from '../money-world.ts';
import { forgetRateLimits } from '../people.ts';
import {
  actorOf,
  expectCleanAudit,
  expectOutcomes,
  longTest,
  outcomeOf,
  play,
  type RaceWorld,
  race,
  rounds,
  startRaces,
} from '../races.ts';

/* What a contractor has is paid out once, or goes back once. All of it is at Stripe. */

let world: RaceWorld;
let other: Ctx;
beforeAll(async () => {
  world = await startRaces();
  other = world.other;
});
afterAll(() => world.stop());
afterEach(() => expectCleanAudit(world), 300_000);

async function earn({ pair, jobId, paymentId }: Held): Promise<void> {
  await completeJob(world.ctx, actorOf(pair.customer), jobId);
  await release(world.ctx, { paymentId });
}

async function payoutsAtStripe(): Promise<number> {
  const { rows } = await sql<{ id: string }>`select stripe_account_id as id from connected_accounts`.execute(
    world.ctx.db,
  );
  let made = 0;
  for (const { id } of rows)
    for await (const _ of world.ctx.stripe.payouts.list({ limit: 100 }, { stripeAccount: id })) made += 1;
  return made;
}

test(`a withdrawal and its repetition at once pay out once, ${rounds} times`, longTest, async () => {
  for (const one of await holdMany(world, world.pairs, world.pairs.length, { atStripe: true }))
    await earn(one);
  const body = { currency: 'eur' as const, amount: 1 };
  const seen = await play(Array.from({ length: rounds }), async (_round, index) => {
    const { contractor } = world.pairs[index % world.pairs.length]!;
    if (index % 50 === 0) await forgetRateLimits(world);
    const call = () => contractor.client.call(payouts.withdraw, { body, idempotencyKey: `race-${index}` });
    return race(other, index, [call, call]);
  });
  for (const outcome of Object.keys(seen))
    expect(['done done', 'done idempotency_in_flight', 'idempotency_in_flight done']).toContain(outcome);
  await world.settleQuietly();
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from payouts`.execute(world.ctx.db);
  expect(rows).toEqual([{ n: rounds }]);
  expect(await payoutsAtStripe()).toBe(rounds);
});

test('of many withdrawals of everything at once one gets it, the others are told so', longTest, async () => {
  for (const [turn, { contractor }] of world.pairs.entries()) {
    const request = (index: number) => ({
      currency: 'eur' as const,
      amountMinor: undefined,
      requestKey: `all-${index}`,
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        outcomeOf(withdraw((index + turn) % 2 === 0 ? world.ctx : other, contractor.id, request(index))),
      ),
    );
    expect(results.toSorted()).toEqual(['done', ...Array.from({ length: 19 }, () => 'insufficient_funds')]);
  }
});

test(
  `a withdrawal of what was released and its refund at once: paid out or taken back, ${rounds} times`,
  longTest,
  async () => {
    const held = await holdMany(world, world.pairs, rounds, { atStripe: true });
    const before = await payoutsAtStripe();
    const total: Record<string, number> = {};
    // A contractor has just the money that both want: one round at a time for each of them.
    for (let first = 0; first < rounds; first += world.pairs.length) {
      const seen = await play(
        held.slice(first, first + world.pairs.length),
        async (one, index) => {
          await earn(one);
          const outcome = await race(other, first + index, [
            () => withdrawAll(one),
            () =>
              refundPayment(other, actorOf(world.admin), one.paymentId, {
                amountMinor: undefined,
                reason: 'Agreed with both sides.',
                requestKey: one.paymentId,
              }),
          ]);
          // What was withdrawn first is owed now.
          expect(await forgiveAll(one)).toBe(outcome[0] === 'done' ? 900 : 0);
          return outcome;
        },
        { width: world.pairs.length },
      );
      for (const [outcome, n] of Object.entries(seen)) total[outcome] = (total[outcome] ?? 0) + n;
    }
    expectOutcomes(total, 'done done', 'insufficient_funds done');
    await world.settleQuietly();
    expect((await payoutsAtStripe()) - before).toBe(total['done done']);
    const ids = held.map(({ paymentId }) => paymentId);
    const { rows } = await sql<{ reversals: number; refunded: number }>`
    select (select count(*)::int from reversals where succeeded_at is not null and payment_id = any(${ids})) as reversals,
      (select count(*)::int from payments where status = 'refunded' and id = any(${ids})) as refunded`.execute(
      world.ctx.db,
    );
    expect(rows).toEqual([{ reversals: total['insufficient_funds done'], refunded: rounds }]);
  },
);

const withdrawAll = ({ pair, paymentId }: Held) =>
  withdraw(world.ctx, pair.contractor.id, {
    currency: 'eur',
    amountMinor: undefined,
    requestKey: paymentId,
  });

/** The platform gives up what this contractor owes, so that the next round is like the first. Answers how much. */
const forgiveAll = ({ pair, paymentId }: { pair: Pair; paymentId: string }): Promise<number> =>
  inTransaction(world.ctx.db, async (tx) => {
    const amountMinor = await outstandingDebt(tx, pair.contractor.id, 'eur');
    if (amountMinor > 0)
      await forgiveDebt(world.ctx, tx, pair.contractor.id, {
        currency: 'eur',
        amountMinor,
        request: paymentId,
      });
    return amountMinor;
  });
