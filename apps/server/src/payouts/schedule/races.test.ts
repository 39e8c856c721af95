import { ApiError } from '@holdfast/client';
import { payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPair, earn, type MoneyWorld, type Pair, startMoneyWorld } from '../../../test/money-world.ts';
import { forgetRateLimits } from '../../../test/people.ts';
import { payoutsOf, readSchedule, setSchedule } from '../../../test/scheduled.ts';
import { audit } from '../../audit/audit.ts';
import { type Ctx, closeContext, createContext } from '../../context.ts';
import { runSchedule, startScheduledRuns } from '../payouts.ts';

const rounds = 25;

let world: MoneyWorld;
let pair: Pair;
/** The context of a second process on the same database. */
let other: Ctx;
beforeAll(async () => {
  world = await startMoneyWorld();
  other = createContext(world.ctx.config, world.ctx.clock, world.ctx.log);
});
afterAll(async () => {
  await closeContext(other);
  await world.stop();
});
beforeEach(async () => {
  await forgetRateLimits(world);
  await world.ctx.db.deleteFrom('payout_schedules').execute();
  pair = await createPair(world);
  await earn(world, pair, { amount: 1000, currency: 'eur' });
  await setSchedule(pair.contractor, { interval: 'daily' });
});
afterEach(async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});

/** Moves the clock to the next run, and starts nothing. */
async function becomeDue(): Promise<string> {
  const { nextRun } = await readSchedule(pair.contractor);
  await world.sandbox.clock.advance(Date.parse(nextRun!.at) - world.ctx.clock.now().getTime() + 1000);
  await world.settle();
  return nextRun!.day;
}

/** Sends what was promised and takes it back, so that the same money is there in the next round. */
async function takeBack(): Promise<void> {
  await world.settle();
  const { account } = await pair.contractor.client.call(payouts.balance);
  for (const one of await payoutsOf(pair.contractor))
    if (one.status === 'pending')
      await world.ctx.stripe.payouts.cancel(
        one.stripePayoutId!,
        {},
        { stripeAccount: account.stripeAccountId! },
      );
  await world.settle();
}

const tasksOf = async () =>
  (
    await sql<{ day: string }>`
      select payload ->> 'day' as day from graphile_worker._private_jobs
      where payload ->> 'userId' = ${pair.contractor.id}`.execute(world.ctx.db)
  ).rows;

test('two processes that sweep at once start one run, and a run that is run five times pays once', async () => {
  for (let round = 1; round <= rounds; round += 1) {
    const day = await becomeDue();
    await Promise.all([world.ctx, other, world.ctx, other].map((ctx) => startScheduledRuns(ctx)));
    expect(await tasksOf()).toEqual([{ day }]);
    const run = { userId: pair.contractor.id, day };
    await Promise.all([world.ctx, other, world.ctx, other, other].map((ctx) => runSchedule(ctx, run)));
    await world.settle();
    const made = await payoutsOf(pair.contractor);
    expect(made).toHaveLength(round);
    expect(made[0]).toMatchObject({ amount: { amount: 900 }, scheduled: true, status: 'pending' });
    await takeBack();
  }
});

test('a run and withdrawals by hand at once never pay out more than there is', async () => {
  const winners = new Set<string>();
  for (let round = 1; round <= rounds; round += 1) {
    const day = await becomeDue();
    await startScheduledRuns(world.ctx);
    const byHand = (suffix: string) =>
      pair.contractor.client
        .call(payouts.withdraw, {
          body: { currency: 'eur', amount: 600 },
          idempotencyKey: `${day}-${suffix}`,
        })
        .catch((error) => {
          if (!(error instanceof ApiError) || error.problem.code !== 'insufficient_funds') throw error;
        });
    const run = runSchedule(other, { userId: pair.contractor.id, day });
    // The run asks Stripe more before it withdraws: now and then it gets a head start.
    for (let reads = 0; reads < round % 4; reads += 1) await world.ctx.stripe.balance.retrieve();
    await Promise.all([run, byHand('first'), byHand('second')]);
    await world.settle();
    const pending = (await payoutsOf(pair.contractor)).filter((one) => one.status === 'pending');
    const sum = pending.reduce((total, one) => total + one.amount.amount, 0);
    // All by the run; or 600 by hand, and what the run found of the rest.
    expect([900, 600]).toContain(sum);
    winners.add(pending.map((one) => `${one.scheduled} ${one.amount.amount}`).join());
    await takeBack();
  }
  expect(winners.size).toBeGreaterThan(1);
});

test('a schedule that is set to manual while its run begins pays before that or not at all', async () => {
  for (let round = 1; round <= rounds; round += 1) {
    await setSchedule(pair.contractor, { interval: 'daily' });
    const day = await becomeDue();
    await startScheduledRuns(world.ctx);
    const run = runSchedule(world.ctx, { userId: pair.contractor.id, day });
    if (round % 2 === 0) await world.ctx.stripe.balance.retrieve();
    await setSchedule(pair.contractor, { interval: 'manual' });
    const before = (await payoutsOf(pair.contractor)).length;
    await run;
    await world.settle();
    expect(await payoutsOf(pair.contractor)).toHaveLength(before);
    await takeBack();
  }
});
