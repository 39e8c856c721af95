import { type Payout, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  pay,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

type WithdrawBody = { currency: 'eur' | 'usd' | 'huf' | 'jpy'; amount?: number };
const withdraw = (body: WithdrawBody, idempotencyKey: string, person = pair.contractor) =>
  person.client.call(payouts.withdraw, { body, idempotencyKey });
const balances = async (person = pair.contractor) => (await person.client.call(payouts.balance)).balances;

describe('balance', () => {
  test('shows each amount in exactly one place on its way from escrow to the bank', async () => {
    const zero = {
      currency: 'eur',
      held: 0,
      releasable: 0,
      pending: 0,
      available: 0,
      inTransit: 0,
      withdrawn: 0,
      frozen: 0,
      debt: 0,
      minimumWithdrawal: 0,
      nextAvailableAt: null,
    };
    expect(await balances()).toEqual([]);
    await pay(pair, await confirmBooking(pair), 'pm_card_visa');
    expect(await balances()).toEqual([{ ...zero, held: 40_500 }]);
    await earn(world, pair, { amount: 10_000, currency: 'eur' }, 'pm_card_visa');
    const nextAvailableAt = expect.stringMatching(/^20\d\d-.*Z$/);
    expect(await balances()).toEqual([{ ...zero, held: 40_500, pending: 9000, nextAvailableAt }]);
    await world.advance(3 * 86_400_000);
    expect(await balances()).toEqual([{ ...zero, held: 40_500, available: 9000 }]);
    await withdraw({ currency: 'eur', amount: 4000 }, 'part');
    // Before Stripe knows of it and after.
    expect(await balances()).toEqual([{ ...zero, held: 40_500, available: 5000, inTransit: 4000 }]);
    await world.settle();
    expect(await balances()).toEqual([{ ...zero, held: 40_500, available: 5000, inTransit: 4000 }]);
    await world.advance(4 * 86_400_000);
    expect(await balances()).toEqual([{ ...zero, held: 40_500, available: 5000, withdrawn: 4000 }]);
  });

  test('is the same for nobody else: 401 without a token, 403 for customers, empty for others', async () => {
    await earn(world, pair);
    expect((await problemOf(world.client.call(payouts.balance))).status).toBe(401);
    expect((await problemOf(pair.customer.client.call(payouts.balance))).status).toBe(403);
    const other = await createPerson(world, { role: 'contractor' });
    expect(await other.client.call(payouts.balance)).toEqual({
      account: {
        state: 'none',
        stripeAccountId: null,
        transfersActive: false,
        payoutsEnabled: false,
        requirementsDue: [],
        disabledReason: null,
      },
      balances: [],
    });
  });

  test('says so when Stripe does not answer', async () => {
    const fault = { method: 'GET', path: '/v1/balance', times: 3, kind: 'reset', when: 'before' } as const;
    await world.sandbox.control.injectFault(fault);
    expect(await problemOf(pair.contractor.client.call(payouts.balance))).toMatchObject({
      status: 502,
      code: 'payment_provider_failed',
    });
    await balances().catch(() => undefined);
  });
});

describe('withdraw', () => {
  test('takes everything when no amount is given, else the amount', async () => {
    await earn(world, pair);
    const part = await withdraw({ currency: 'eur', amount: 500 }, 'part');
    expect(part).toMatchObject({
      status: 'pending',
      amount: { amount: 500, currency: 'eur' },
      contractor: { id: pair.contractor.id },
      completedDate: null,
      failure: null,
    });
    const rest = await withdraw({ currency: 'eur' }, 'rest');
    expect(rest.amount.amount).toBe(40_000);
    await world.settle();
    const { items } = await pair.contractor.client.call(payouts.history);
    expect(items.map((item) => [item.amount.amount, item.stripePayoutId !== null])).toEqual([
      [40_000, true],
      [500, true],
    ]);
  });

  test('refuses what is not there, and says how much is', async () => {
    await earn(world, pair);
    const tooMuch = await problemOf(withdraw({ currency: 'eur', amount: 40_501 }, 'too-much'));
    expect(tooMuch).toMatchObject({ status: 409, code: 'insufficient_funds' });
    expect(tooMuch.detail).toContain('405.00 EUR');
    expect((await problemOf(withdraw({ currency: 'usd' }, 'none'))).code).toBe('insufficient_funds');
    expect((await problemOf(withdraw({ currency: 'eur', amount: 9_999_999_999 }, 'max'))).code).toBe(
      'insufficient_funds',
    );
    // A refusal leaves the key free.
    expect((await withdraw({ currency: 'eur', amount: 1 }, 'too-much')).amount.amount).toBe(1);
  });

  test('refuses money that Stripe has not settled, and says that it is coming', async () => {
    await earn(world, pair, { amount: 10_000, currency: 'eur' }, 'pm_card_visa');
    const problem = await problemOf(withdraw({ currency: 'eur', amount: 1 }, 'early'));
    expect(problem).toMatchObject({ code: 'insufficient_funds' });
    expect(problem.detail).toContain('90.00 EUR more is settling');
  });

  test('names what is wrong with the request', async () => {
    const send = (body: unknown, headers: Record<string, string> = { 'idempotency-key': 'k' }) =>
      fetch(`${world.url}/api/payouts/withdraw`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${pair.contractor.accessToken}`,
          ...headers,
        },
        body: JSON.stringify(body),
      });
    for (const [body, path, headers] of [
      [{}, 'body.currency'],
      [{ currency: 'xxx' }, 'body.currency'],
      [{ currency: 'eur', amount: 0 }, 'body.amount'],
      [{ currency: 'eur', amount: -5 }, 'body.amount'],
      [{ currency: 'eur', amount: 1.5 }, 'body.amount'],
      [{ currency: 'eur', amount: '5' }, 'body.amount'],
      [{ currency: 'eur', amount: 1e300 }, 'body.amount'],
      [{ currency: 'eur', destination: 'ba_1' }, 'body.destination'],
      // Forints are paid out whole.
      [{ currency: 'huf', amount: 12_345 }, 'body.amount'],
      [{ currency: 'eur' }, 'headers.idempotency-key', {}],
      [{ currency: 'eur' }, 'headers.idempotency-key', { 'idempotency-key': 'x'.repeat(256) }],
      [{ currency: 'eur' }, 'headers.idempotency-key', { 'idempotency-key': 'a b' }],
    ] as [unknown, string, Record<string, string>?][]) {
      const response = await send(body, headers);
      const problem = (await response.json()) as { code: string; errors: { path: string }[] };
      expect(problem).toMatchObject({ status: 400, code: 'validation_failed' });
      expect([...new Set(problem.errors.map((one) => one.path))]).toEqual([path]);
    }
  });

  test('is for contractors who are onboarded', async () => {
    const request = { body: { currency: 'eur' as const }, idempotencyKey: 'key' };
    expect((await problemOf(world.client.call(payouts.withdraw, request))).status).toBe(401);
    expect((await problemOf(pair.customer.client.call(payouts.withdraw, request))).status).toBe(403);
    const fresh = await createPerson(world, { role: 'contractor' });
    const begun = async () => (await problemOf(fresh.client.call(payouts.withdraw, request))).code;
    expect(await begun()).toBe('onboarding_required');
    await fresh.client.call(payouts.connect, { body: {} });
    expect(await begun()).toBe('onboarding_required');
  });

  test('under one key happens once: the same answer again, another request 422, nobody else concerned', async () => {
    await earn(world, pair);
    const first = await withdraw({ currency: 'eur', amount: 700 }, 'key');
    expect(await withdraw({ currency: 'eur', amount: 700 }, 'key')).toEqual(first);
    for (const body of [
      { currency: 'eur' },
      { currency: 'eur', amount: 701 },
      { currency: 'usd', amount: 700 },
    ])
      expect(await problemOf(withdraw(body as WithdrawBody, 'key'))).toMatchObject({
        status: 422,
        code: 'idempotency_mismatch',
      });
    const other = await createPair(world);
    await earn(world, other);
    expect((await withdraw({ currency: 'eur', amount: 3 }, 'key', other.contractor)).amount.amount).toBe(3);
  });

  test('under a key whose answer was lost or forgotten is still the first withdrawal, and no other', async () => {
    await earn(world, pair);
    const first = await withdraw({ currency: 'eur', amount: 700 }, 'key');
    const forget = () => world.ctx.db.deleteFrom('idempotency_keys').execute();
    await forget();
    expect((await withdraw({ currency: 'eur', amount: 700 }, 'key')).id).toBe(first.id);
    for (const body of [
      { currency: 'eur', amount: 800 },
      { currency: 'usd', amount: 700 },
    ]) {
      await forget();
      expect((await problemOf(withdraw(body as WithdrawBody, 'key'))).status).toBe(422);
    }
    expect((await pair.contractor.client.call(payouts.history)).items).toHaveLength(1);
  });

  test('when the process died before it answered runs again after the lease, with one effect', async () => {
    await earn(world, pair);
    const first = await withdraw({ currency: 'eur', amount: 700 }, 'key');
    // What a kill between commit and answer leaves: the payout, and the key still leased.
    await world.ctx.db
      .updateTable('idempotency_keys')
      .set({ status_code: null, response: null })
      .where('user_id', '=', pair.contractor.id)
      .execute();
    expect(await problemOf(withdraw({ currency: 'eur', amount: 700 }, 'key'))).toMatchObject({
      status: 409,
      code: 'idempotency_in_flight',
    });
    await world.sandbox.clock.advance(61_000);
    expect((await withdraw({ currency: 'eur', amount: 700 }, 'key')).id).toBe(first.id);
  });
});

describe('history', () => {
  let made: Payout[] = [];
  beforeEach(async () => {
    await earn(world, pair);
    made = [];
    for (let count = 1; count <= 5; count += 1)
      made.unshift(await withdraw({ currency: 'eur', amount: count }, `key-${count}`));
  });
  const history = (
    query: { cursor?: string; limit?: string; status?: 'pending' | 'paid' } = {},
    person: Person = pair.contractor,
  ) => person.client.call(payouts.history, { query });

  test('gives every withdrawal once, newest first, in pages', async () => {
    const first = await history({ limit: '3' });
    const late = await withdraw({ currency: 'eur', amount: 6 }, 'key-6');
    const second = await history({ limit: '3', cursor: first.nextCursor! });
    expect([...first.items, ...second.items].map((item) => item.id)).toEqual(made.map((one) => one.id));
    expect(second.nextCursor).toBeNull();
    expect((await history()).items[0]!.id).toBe(late.id);
    await world.settle();
    expect((await history({ status: 'paid' })).items).toEqual([]);
    expect((await history({ status: 'pending' })).items).toHaveLength(6);
  });

  test('belongs to its contractor', async () => {
    expect((await problemOf(world.client.call(payouts.history))).status).toBe(401);
    expect((await problemOf(history({}, pair.customer))).status).toBe(403);
    expect((await history({}, (await createPair(world)).contractor)).items).toEqual([]);
    const wrong = { limit: '1000' };
    expect((await problemOf(history(wrong))).errors).toMatchObject([{ path: 'query.limit' }]);
    expect((await problemOf(history({ cursor: 'x' }))).errors).toMatchObject([{ path: 'query.cursor' }]);
  });
});
