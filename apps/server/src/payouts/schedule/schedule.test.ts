import { payouts, type ScheduleRequest } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createPair,
  earn,
  loseWebhooks,
  type MoneyWorld,
  onboard,
  type Pair,
  problemOf,
  startMoneyWorld,
} from '../../../test/money-world.ts';
import { createPerson, forgetRateLimits } from '../../../test/people.ts';
import { payoutsOf, readSchedule, setSchedule, toNextRun } from '../../../test/scheduled.ts';
import { audit } from '../../audit/audit.ts';
import { runSchedule } from '../payouts.ts';

const dayMs = 86_400_000;
const eur = (amount: number) => ({ amount, currency: 'eur' as const });

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld({ config: { minimumWithdrawalMinor: { eur: 500 } } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  // Those of earlier tests would run as well.
  await world.ctx.db.deleteFrom('payout_schedules').execute();
  pair = await createPair(world);
});

const amounts = async () =>
  (await payoutsOf(pair.contractor)).map((one) => [one.amount.amount, one.amount.currency, one.scheduled]);
const accountOf = async () => (await pair.contractor.client.call(payouts.balance)).account.stripeAccountId!;

describe('the schedule', () => {
  test('is manual at first, and Stripe never pays out by itself', async () => {
    expect(await readSchedule(pair.contractor)).toEqual({
      interval: 'manual',
      weekday: null,
      dayOfMonth: null,
      timeZone: 'Europe/Vienna',
      nextRun: null,
      lastRunDay: null,
      paused: null,
    });
    await setSchedule(pair.contractor, { interval: 'daily' });
    const account = await world.ctx.stripe.accounts.retrieve(await accountOf());
    expect(account.settings?.payouts?.schedule.interval).toBe('manual');
  });

  test('is set, shown with its next run, and set back', async () => {
    const set = await setSchedule(pair.contractor, { interval: 'weekly', weekday: 'friday' });
    expect(set).toMatchObject({ interval: 'weekly', weekday: 'friday', dayOfMonth: null });
    expect(new Date(`${set.nextRun!.day}T00:00:00Z`).getUTCDay()).toBe(5);
    expect(await readSchedule(pair.contractor)).toEqual(set);
    expect(await setSchedule(pair.contractor, { interval: 'monthly', dayOfMonth: 31 })).toMatchObject({
      interval: 'monthly',
      weekday: null,
      dayOfMonth: 31,
      nextRun: { day: expect.stringMatching(/-(28|29|30|31)$/) },
    });
    expect((await setSchedule(pair.contractor, { interval: 'manual' })).nextRun).toBeNull();
  });

  test('names what is wrong with it, and leaves what was', async () => {
    const wrong: [object, string][] = [
      [{}, 'body.interval'],
      [{ interval: 'hourly' }, 'body.interval'],
      [{ interval: 'weekly' }, 'body.weekday'],
      [{ interval: 'weekly', weekday: 'sunday' }, 'body.weekday'],
      [{ interval: 'daily', weekday: 'monday' }, 'body.weekday'],
      [{ interval: 'monthly' }, 'body.dayOfMonth'],
      [{ interval: 'monthly', dayOfMonth: 0 }, 'body.dayOfMonth'],
      [{ interval: 'monthly', dayOfMonth: 32 }, 'body.dayOfMonth'],
      [{ interval: 'monthly', dayOfMonth: 1.5 }, 'body.dayOfMonth'],
      [{ interval: 'manual', dayOfMonth: 1 }, 'body.dayOfMonth'],
      [{ interval: 'daily', at: '06:00' }, 'body.at'],
    ];
    for (const [body, path] of wrong) {
      const problem = await problemOf(setSchedule(pair.contractor, body as ScheduleRequest));
      expect(problem).toMatchObject({ status: 400, code: 'validation_failed' });
      expect(problem.errors!.map((one) => one.path)).toEqual([path]);
    }
    expect((await readSchedule(pair.contractor)).interval).toBe('manual');
  });

  test("is one's own, and for contractors", async () => {
    await setSchedule(pair.contractor, { interval: 'daily' });
    const other = await createPerson(world, { role: 'contractor' });
    expect((await readSchedule(other)).interval).toBe('manual');
    const body = { interval: 'daily' as const };
    for (const [client, status] of [
      [world.client, 401],
      [pair.customer.client, 403],
    ] as const) {
      expect((await problemOf(client.call(payouts.schedule))).status).toBe(status);
      expect((await problemOf(client.call(payouts.setSchedule, { body }))).status).toBe(status);
    }
  });
});

describe('a run', () => {
  test('withdraws all of each currency that reaches its minimum, and comes again the next day', async () => {
    await earn(world, pair, eur(1000));
    await earn(world, pair, { amount: 300, currency: 'usd' });
    await setSchedule(pair.contractor, { interval: 'daily' });
    expect(await amounts()).toEqual([]);
    const day = await toNextRun(world, pair.contractor);
    expect((await amounts()).sort()).toEqual([
      [270, 'usd', true],
      [900, 'eur', true],
    ]);
    const after = await readSchedule(pair.contractor);
    expect(after.lastRunDay).toBe(day);
    expect(after.nextRun!.day > day).toBe(true);
    // 450 is below the minimum of 500 and waits for more.
    await earn(world, pair, eur(500));
    await toNextRun(world, pair.contractor);
    expect(await amounts()).toHaveLength(2);
    await earn(world, pair, eur(500));
    await toNextRun(world, pair.contractor);
    expect((await amounts())[0]).toEqual([900, 'eur', true]);
  });

  test('happens once after a week in which nothing swept', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    await world.sandbox.clock.advance(7 * dayMs);
    await world.sandbox.control.settled();
    await world.sweep();
    await world.settle();
    expect(await amounts()).toEqual([[900, 'eur', true]]);
    await earn(world, pair, eur(1000));
    await world.sweep();
    await world.settle();
    expect(await amounts()).toHaveLength(1);
    expect(Date.parse((await readSchedule(pair.contractor)).nextRun!.at)).toBeGreaterThan(
      world.ctx.clock.now().getTime(),
    );
  });

  test('does not happen on other days, nor after the schedule was set to manual', async () => {
    await earn(world, pair, eur(1000));
    const { nextRun } = await setSchedule(pair.contractor, { interval: 'weekly', weekday: 'wednesday' });
    await world.advance(Date.parse(nextRun!.at) - world.ctx.clock.now().getTime() - 60_000);
    expect(await amounts()).toEqual([]);
    await setSchedule(pair.contractor, { interval: 'manual' });
    await world.advance(8 * dayMs);
    expect(await amounts()).toEqual([]);
  });

  test('passes over whoever cannot be paid, and tries again at the next', async () => {
    await earn(world, pair, eur(1000));
    const other = await createPair(world);
    await earn(world, other, eur(1000));
    const unready = await createPerson(world, { role: 'contractor' });
    for (const person of [unready, pair.contractor, other.contractor])
      await setSchedule(person, { interval: 'daily' });
    // Restricted, and nobody told us.
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.changeAccount(await accountOf(), 'restricted');
    await loseWebhooks(world);
    await toNextRun(world, other.contractor);
    expect(await payoutsOf(other.contractor)).toHaveLength(1);
    expect(await amounts()).toEqual([]);
    expect(await payoutsOf(unready)).toEqual([]);
    await world.sandbox.control.changeAccount(await accountOf(), 'complete');
    await world.settle();
    expect(await amounts()).toEqual([]);
    await toNextRun(world, pair.contractor);
    expect(await amounts()).toEqual([[900, 'eur', true]]);
  });

  test('that is repeated when more money has come pays nothing more that day', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    const day = await toNextRun(world, pair.contractor);
    await earn(world, pair, eur(1000));
    await earn(world, pair, { amount: 1000, currency: 'usd' });
    await runSchedule(world.ctx, { userId: pair.contractor.id, day });
    // The day had its run in euros, none in dollars.
    expect(await amounts()).toEqual([
      [900, 'usd', true],
      [900, 'eur', true],
    ]);
    // That of a day which has been overtaken pays nothing at all.
    await toNextRun(world, pair.contractor);
    await earn(world, pair, { amount: 1000, currency: 'usd' });
    await runSchedule(world.ctx, { userId: pair.contractor.id, day });
    await world.settle();
    expect(await amounts()).toHaveLength(3);
  });

  test('does not happen for somebody who is suspended', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    const setSuspended = (suspended_at: Date | null) =>
      world.ctx.db.updateTable('users').set({ suspended_at }).where('id', '=', pair.contractor.id).execute();
    await setSuspended(world.ctx.clock.now());
    await world.advance(2 * dayMs);
    await setSuspended(null);
    expect(await amounts()).toEqual([]);
  });

  test('is repeated by the outbox while Stripe does not answer', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    const fault = { method: 'GET', path: '/v1/balance', times: 2, kind: '500', when: 'before' } as const;
    await world.sandbox.control.injectFault(fault);
    await toNextRun(world, pair.contractor);
    expect(await amounts()).toEqual([]);
    await world.retryTasks();
    expect(await amounts()).toEqual([[900, 'eur', true]]);
  });

  test('keeps its keys: a caller cannot take one of them', async () => {
    await earn(world, pair, eur(1000));
    const call = pair.contractor.client.call(payouts.withdraw, {
      body: { currency: 'eur' },
      idempotencyKey: 'schedule:2027-01-01:eur',
    });
    expect((await problemOf(call)).errors).toMatchObject([{ path: 'headers.idempotency-key' }]);
  });
});

describe('a scheduled withdrawal that the bank refuses', () => {
  const failOne = async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    await toNextRun(world, pair.contractor);
    const [made] = await payoutsOf(pair.contractor);
    await world.sandbox.control.failPayout(made!.stripePayoutId!, 'account_closed');
    await world.settle();
    return made!;
  };
  const addBank = async () =>
    world.ctx.stripe.accounts.createExternalAccount(await accountOf(), {
      external_account: {
        object: 'bank_account',
        country: 'US',
        currency: 'usd',
        account_number: '000123456789',
        routing_number: '110000000',
      },
      default_for_currency: true,
    });

  test('pauses the schedule, visibly, until it is set again', async () => {
    const made = await failOne();
    const paused = await readSchedule(pair.contractor);
    expect(paused).toMatchObject({
      interval: 'daily',
      nextRun: null,
      paused: { payoutId: made.id, code: 'account_closed', advice: expect.stringContaining('another bank') },
    });
    await world.advance(2 * dayMs);
    expect(await amounts()).toHaveLength(1);
    expect((await readSchedule(pair.contractor)).paused).toEqual(paused.paused);
    const set = await setSchedule(pair.contractor, { interval: 'daily' });
    expect(set).toMatchObject({ paused: null, nextRun: { day: expect.any(String) } });
    // The same failure told again pauses nothing any more.
    await world.sandbox.control.holdWebhooks();
    const { data } = await world.ctx.stripe.events.list(
      { type: 'payout.failed', limit: 1 },
      { stripeAccount: await accountOf() },
    );
    await world.sandbox.control.releaseWebhooks();
    await world.sandbox.control.duplicateWebhook(data[0]!.id);
    await world.settle();
    expect((await readSchedule(pair.contractor)).paused).toBeNull();
    await toNextRun(world, pair.contractor);
    expect(await amounts()).toHaveLength(2);
  });

  test('stays paused through events that say nothing of another bank account', async () => {
    await failOne();
    await world.sandbox.control.changeAccount(await accountOf(), 'restricted');
    await world.settle();
    await world.sandbox.control.changeAccount(await accountOf(), 'complete');
    await world.settle();
    expect((await readSchedule(pair.contractor)).paused).not.toBeNull();
  });

  test('goes on by itself when the bank account changes', async () => {
    await failOne();
    await addBank();
    await world.settle();
    const { paused, nextRun } = await readSchedule(pair.contractor);
    expect(paused).toBeNull();
    expect(Date.parse(nextRun!.at)).toBeGreaterThan(world.ctx.clock.now().getTime());
    await toNextRun(world, pair.contractor);
    expect(await amounts()).toEqual([
      [900, 'eur', true],
      [900, 'eur', true],
    ]);
  });

  test('goes on at its next regular run also if nobody told us of the change', async () => {
    await failOne();
    await world.sandbox.control.holdWebhooks();
    await addBank();
    await loseWebhooks(world);
    expect((await readSchedule(pair.contractor)).paused).not.toBeNull();
    await world.advance(dayMs);
    expect(await amounts()).toHaveLength(2);
  });

  test('pauses nothing if the bank account was changed before the refusal came', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    await toNextRun(world, pair.contractor);
    await addBank();
    await world.settle();
    const [made] = await payoutsOf(pair.contractor);
    // Nothing but the refusal itself is told of.
    for (const type of ['account.external_account.updated', 'account.updated'])
      await world.sandbox.control.addWebhookRule({ type, action: 'drop', times: 1 });
    await world.sandbox.control.failPayout(made!.stripePayoutId!);
    await world.settle();
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('failed');
    expect((await readSchedule(pair.contractor)).paused).toBeNull();
  });

  test('pauses nothing when it was asked for by hand', async () => {
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    const made = await pair.contractor.client.call(payouts.withdraw, {
      body: { currency: 'eur' },
      idempotencyKey: 'by-hand',
    });
    await world.settle();
    const { stripePayoutId } = (await payoutsOf(pair.contractor)).find((one) => one.id === made.id)!;
    await world.sandbox.control.failPayout(stripePayoutId!);
    await world.settle();
    expect((await readSchedule(pair.contractor)).paused).toBeNull();
  });

  test('for a test bank that refuses everything is tried once, not every day', async () => {
    pair = { ...pair, contractor: await createPerson(world, { role: 'contractor' }) };
    await onboard(world, pair.contractor, '000111111116');
    await earn(world, pair, eur(1000));
    await setSchedule(pair.contractor, { interval: 'daily' });
    for (let count = 0; count < 6; count += 1) await world.advance(dayMs);
    expect(await payoutsOf(pair.contractor)).toMatchObject([{ status: 'failed', scheduled: true }]);
    expect((await readSchedule(pair.contractor)).paused).toMatchObject({ code: 'no_account' });
  });
});

test('after all of it everything adds up', async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});
