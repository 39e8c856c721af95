import { type Currency, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { forgetRateLimits } from '../../test/people.ts';

const dayMs = 86_400_000;

let world: MoneyWorld;
let pair: Pair;
let keys = 0;
beforeAll(async () => {
  world = await startMoneyWorld({ config: { minimumWithdrawalMinor: { eur: 1000, jpy: 1000 } } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const withdraw = (currency: Currency, amount?: number) => {
  keys += 1;
  return pair.contractor.client.call(payouts.withdraw, {
    body: { currency, ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: `key-${keys}`,
  });
};
const earnOf = (amount: number, currency: Currency = 'eur', card?: string) =>
  earn(world, pair, { amount, currency }, card);
const balanceOf = async (currency: Currency) =>
  (await pair.contractor.client.call(payouts.balance)).balances.find((one) => one.currency === currency)!;

describe('the minimum', () => {
  test('refuses what is below it, says it, and takes the very amount', async () => {
    await earnOf(5000);
    const problem = await problemOf(withdraw('eur', 999));
    expect(problem).toMatchObject({ status: 422, code: 'below_minimum' });
    expect(problem.detail).toBe('At least 10.00 EUR can be withdrawn at a time; this is 9.99 EUR.');
    expect((await withdraw('eur', 1000)).amount.amount).toBe(1000);
  });

  test('is shown with each balance, and counts for its currency alone', async () => {
    await earnOf(1000);
    await earnOf(100, 'usd');
    expect(await balanceOf('eur')).toMatchObject({ available: 900, minimumWithdrawal: 1000 });
    expect(await balanceOf('usd')).toMatchObject({ available: 90, minimumWithdrawal: 0 });
    expect((await problemOf(withdraw('eur'))).detail).toContain('this is 9.00 EUR');
    expect((await withdraw('usd')).amount.amount).toBe(90);
    expect((await withdraw('usd').catch((error) => error.problem)).code).toBe('insufficient_funds');
  });

  test('says nothing of money that is not there at all', async () => {
    expect((await problemOf(withdraw('eur'))).code).toBe('insufficient_funds');
    expect((await problemOf(withdraw('eur', 5000))).code).toBe('insufficient_funds');
  });

  test('does not stand between a repeated request and its first answer', async () => {
    await earnOf(5000);
    const call = () =>
      pair.contractor.client.call(payouts.withdraw, {
        body: { currency: 'eur', amount: 1000 },
        idempotencyKey: 'again',
      });
    const first = await call();
    await world.ctx.db.deleteFrom('idempotency_keys').execute();
    const { minimumWithdrawalMinor } = world.ctx.config;
    world.ctx.config.minimumWithdrawalMinor = { eur: 2000 };
    try {
      expect((await call()).id).toBe(first.id);
    } finally {
      world.ctx.config.minimumWithdrawalMinor = minimumWithdrawalMinor;
    }
  });
});

describe('what Stripe has not settled', () => {
  const settles = () => world.ctx.clock.now().getTime() + 2 * dayMs;
  /** Within a minute, which is what the test itself takes. */
  const near = (date: string | null | undefined, expectedMs: number) =>
    expect(Math.abs(Date.parse(date!) - expectedMs)).toBeLessThan(60_000);

  test('is refused with the moment from which it can be withdrawn', async () => {
    const first = settles();
    await earnOf(10_000, 'eur', 'pm_card_visa');
    await world.advance(dayMs);
    const second = settles();
    await earnOf(10_000, 'eur', 'pm_card_visa');
    await earnOf(2000);
    // 18.00 is there, 90.00 comes tomorrow, 90.00 the day after.
    for (const [amount, at] of [
      [1801, first],
      [10_800, first],
      [10_801, second],
      [19_800, second],
    ] as const) {
      const problem = await problemOf(withdraw('eur', amount));
      expect(problem.code).toBe('insufficient_funds');
      near(problem.availableAt, at);
    }
    const tooMuch = await problemOf(withdraw('eur', 19_801));
    expect(tooMuch).toMatchObject({ code: 'insufficient_funds', availableAt: null });
    near((await balanceOf('eur')).nextAvailableAt, first);
    // And it is true.
    await world.sandbox.clock.advance(first - world.ctx.clock.now().getTime() + 60_000);
    await world.settle();
    expect((await withdraw('eur', 10_800)).amount.amount).toBe(10_800);
    near((await balanceOf('eur')).nextAvailableAt, second);
  });

  test('without an amount is all that is owed; of nothing owed there is no date', async () => {
    const at = settles();
    await earnOf(10_000, 'eur', 'pm_card_visa');
    const problem = await problemOf(withdraw('eur'));
    near(problem.availableAt, at);
    expect(problem.detail).toContain('90.00 EUR can be withdrawn from');
    // Currencies are apart.
    expect((await problemOf(withdraw('usd'))).availableAt).toBeNull();
    expect((await problemOf(withdraw('usd', 100))).availableAt).toBeNull();
    await earnOf(10_000, 'usd', 'pm_card_visa');
    near((await problemOf(withdraw('usd', 100))).availableAt, at);
  });

  test('that was promised already is counted once', async () => {
    await earnOf(10_000);
    const at = settles();
    await earnOf(10_000, 'eur', 'pm_card_visa');
    await withdraw('eur', 9000);
    near((await problemOf(withdraw('eur', 9000))).availableAt, at);
    expect((await problemOf(withdraw('eur', 9001))).availableAt).toBeNull();
  });

  test('costs no further question where nothing is settling', async () => {
    await earnOf(10_000);
    const { balanceTransactions } = world.ctx.stripe;
    const original = balanceTransactions.list;
    let asked = 0;
    balanceTransactions.list = ((...parameters: []) => {
      asked += 1;
      return original.apply(balanceTransactions, parameters);
    }) as never;
    try {
      expect((await balanceOf('eur')).nextAvailableAt).toBeNull();
      expect(asked).toBe(0);
    } finally {
      balanceTransactions.list = original;
    }
  });

  test('is refused without a date, not with a failure, when Stripe does not tell it', async () => {
    await earnOf(10_000, 'eur', 'pm_card_visa');
    await world.sandbox.control.injectFault({
      method: 'GET',
      path: '/v1/balance_transactions',
      times: 3,
      kind: 'reset',
      when: 'before',
    });
    const problem = await problemOf(withdraw('eur'));
    expect(problem.code).toBe('insufficient_funds');
    expect(problem).not.toHaveProperty('availableAt');
  });
});
