import { bookings, payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  earn,
  loseWebhooks,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits } from '../../test/people.ts';
import { payoutsOf, readSchedule, setSchedule, toNextRun } from '../../test/scheduled.ts';
import { applyPayout } from '../payouts/apply-payout.ts';
import { refreshAccount } from './connect.ts';
import { leaveClosedAccount } from './leave.ts';

const dayMs = 86_400_000;

let world: MoneyWorld;
let pair: Pair;
let accountId: string;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
  accountId = (await balance()).account.stripeAccountId!;
});

const balance = () => pair.contractor.client.call(payouts.balance);
const connect = () => pair.contractor.client.call(payouts.connect, { body: {} });
const withdraw = (idempotencyKey = 'key') =>
  pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey });
const deauthorize = async () => {
  await world.sandbox.control.deauthorizeAccount(accountId);
  await world.settle();
};
const earnOf = (amount: number, currency: 'eur' | 'usd' = 'eur') => earn(world, pair, { amount, currency });
const funds = async () =>
  (await balance()).balances.map((one) => [one.currency, one.pending, one.available, one.inTransit]);
const leftBehind = async () =>
  (
    await sql`
      select cause, account, amount_minor from ledger_lines join ledger_entries on ledger_entries.id = entry_id
      where cause like 'account-left:%' and user_id = ${pair.contractor.id} order by cause, position`.execute(
      world.ctx.db,
    )
  ).rows;
const accountsOf = async () => {
  const found: string[] = [];
  for await (const account of world.ctx.stripe.accounts.list({ limit: 100 }))
    if (account.metadata?.user_id === pair.contractor.id) found.push(account.id);
  return found;
};
const waitingTasks = async () =>
  (await sql`select * from graphile_worker._private_jobs`.execute(world.ctx.db)).rows.length;

describe('a closed account', () => {
  test('is shown as closed; what is owed stays visible, and nothing of it is available', async () => {
    await earnOf(1000);
    expect(await funds()).toEqual([['eur', 0, 900, 0]]);
    await deauthorize();
    expect((await balance()).account).toMatchObject({
      state: 'closed',
      stripeAccountId: accountId,
      transfersActive: false,
      payoutsEnabled: false,
    });
    expect(await funds()).toEqual([['eur', 900, 0, 0]]);
    const problem = await problemOf(withdraw());
    expect(problem).toMatchObject({ status: 409, code: 'onboarding_required' });
    expect(problem.detail).toContain('POST /api/payouts/connect makes another');
  });

  test('is noticed by balance and withdraw when nobody has told us', async () => {
    await earnOf(1000);
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.deauthorizeAccount(accountId);
    await loseWebhooks(world);
    expect((await problemOf(withdraw())).code).toBe('onboarding_required');
    expect((await balance()).account.state).toBe('closed');

    pair = await createPair(world);
    accountId = (await balance()).account.stripeAccountId!;
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.deauthorizeAccount(accountId);
    await loseWebhooks(world);
    expect((await balance()).account.state).toBe('closed');
  });

  test('gives back what was promised and not sent', async () => {
    await earnOf(1000);
    await withdraw();
    await deauthorize();
    expect((await payoutsOf(pair.contractor))[0]).toMatchObject({
      status: 'failed',
      stripePayoutId: null,
      failure: { code: 'account_invalid', advice: expect.stringContaining('makes another') },
    });
    expect(await funds()).toEqual([['eur', 900, 0, 0]]);
  });

  test('is not what a refusal means that says nothing of the account', async () => {
    const { accounts } = world.ctx.stripe;
    const original = accounts.retrieve;
    // As when our key lacks a permission.
    accounts.retrieve = (async () => {
      const error = await world.ctx.stripe.payouts
        .create({ amount: 99_999, currency: 'eur' }, { stripeAccount: accountId })
        .catch((one) => one);
      throw error;
    }) as never;
    try {
      expect(await refreshAccount(world.ctx, accountId)).toMatchObject({
        closed_at: null,
        payouts_enabled: false,
      });
    } finally {
      accounts.retrieve = original;
    }
    await refreshAccount(world.ctx, accountId);
    expect((await connect()).account).toMatchObject({ state: 'ready', stripeAccountId: accountId });
  });
});

describe('another account in its place', () => {
  test('begins with nothing: what was left is booked out, each currency once', async () => {
    await earnOf(1000);
    await earnOf(2000, 'usd');
    await deauthorize();
    const answers = await Promise.all(Array.from({ length: 6 }, connect));
    answers.push(await connect());
    const [made, ...others] = [...new Set(answers.map((one) => one.account.stripeAccountId))];
    expect(others).toEqual([]);
    expect(made).not.toBe(accountId);
    expect(await accountsOf()).toEqual([made]);
    expect(answers.at(-1)!.account.state).toBe('onboarding');
    expect(await leftBehind()).toEqual([
      { cause: `account-left:${accountId}:eur`, account: 'contractor_balance', amount_minor: 900 },
      { cause: `account-left:${accountId}:eur`, account: 'connected_stripe', amount_minor: -900 },
      { cause: `account-left:${accountId}:usd`, account: 'contractor_balance', amount_minor: 1800 },
      { cause: `account-left:${accountId}:usd`, account: 'connected_stripe', amount_minor: -1800 },
    ]);
    expect(await funds()).toEqual([
      ['eur', 0, 0, 0],
      ['usd', 0, 0, 0],
    ]);
    const former = await world.ctx.db
      .selectFrom('former_accounts')
      .select(['stripe_account_id', 'number'])
      .where('user_id', '=', pair.contractor.id)
      .execute();
    expect(former).toEqual([{ stripe_account_id: accountId, number: 1 }]);
  });

  test('takes what waited for it, and pays it out', async () => {
    const booking = await confirmBooking(pair, { amount: 1000, currency: 'eur' });
    const { payment } = await pay(pair, booking);
    await deauthorize();
    await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('held');
    const made = await onboard(world, pair.contractor);
    expect(made).not.toBe(accountId);
    expect((await readPayment(pair, payment.id)).status).toBe('released');
    expect(await funds()).toEqual([['eur', 0, 900, 0]]);
    await withdraw();
    await world.settle();
    await world.advance(4 * dayMs);
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('paid');
  });

  test('can follow any number of times', async () => {
    for (let count = 0; count < 3; count += 1) {
      await deauthorize();
      accountId = await onboard(world, pair.contractor);
      await earnOf(1000);
      expect(await funds()).toEqual([['eur', 0, 900, 0]]);
    }
    expect(await accountsOf()).toEqual([accountId]);
  });

  test('is made once when the answer to its creation is lost', async () => {
    await deauthorize();
    await world.sandbox.control.injectFault({
      method: 'POST',
      path: '/v1/accounts',
      times: 2,
      kind: 'reset',
      when: 'after',
    });
    const first = await connect().catch((error) => error.problem);
    const { account } = await connect();
    expect(await accountsOf()).toEqual([account.stripeAccountId]);
    expect(first.account ?? first).toMatchObject(
      'account' in first ? { stripeAccountId: account.stripeAccountId } : { status: 502 },
    );
  });

  test('is never the old one again, however late the answer to its creation comes', async () => {
    const contractor = await createPerson(world, { role: 'contractor' });
    const begin = () => contractor.client.call(payouts.connect, { body: {} });
    const { accounts } = world.ctx.stripe;
    const original = accounts.create;
    let answer = () => {};
    const delayed = new Promise<void>((done) => {
      answer = done;
    });
    accounts.create = (async (...parameters: []) => {
      accounts.create = original;
      const made = await original.apply(accounts, parameters);
      await delayed;
      return made;
    }) as never;
    const late = problemOf(begin());
    await expect.poll(() => accounts.create === original).toBe(true);
    const { account } = await begin();
    await world.sandbox.control.deauthorizeAccount(account.stripeAccountId!);
    await world.settle();
    await leaveClosedAccount(world.ctx, contractor.id);
    answer();
    expect((await late).code).toBe('conflict');
    expect((await begin()).account).toMatchObject({ state: 'onboarding' });
    expect((await begin()).account.stripeAccountId).not.toBe(account.stripeAccountId);
  });

  test('has to wait while a withdrawal from the old one has not ended', async () => {
    await earnOf(1000);
    await withdraw();
    await world.settle();
    await world.advance(2 * 3_600_000);
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('in_transit');
    await deauthorize();
    expect(await problemOf(connect())).toMatchObject({ status: 409, code: 'conflict' });
    expect(await leftBehind()).toEqual([]);
    expect((await balance()).account).toMatchObject({ state: 'closed', stripeAccountId: accountId });
    // Nobody can read how it ends, and nothing of ours fails over that.
    await world.advance(4 * dayMs);
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('in_transit');
    expect(await waitingTasks()).toBe(0);
    expect((await problemOf(connect())).status).toBe(409);
  });

  test('has to wait while a transfer to the old one may have gone out', async () => {
    const booking = await confirmBooking(pair, { amount: 1000, currency: 'eur' });
    const { payment } = await pay(pair, booking);
    await world.sandbox.control.injectFault({
      method: 'POST',
      path: '/v1/transfers',
      times: 2,
      kind: 'reset',
      when: 'after',
    });
    await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('held');
    await deauthorize();
    expect((await problemOf(connect())).detail).toContain('on its way to or from the closed account');
    expect(await leftBehind()).toEqual([]);
    expect((await balance()).account.stripeAccountId).toBe(accountId);
  });

  test('is not touched by what the bank returns to the old one', async () => {
    await earnOf(1000);
    await withdraw();
    await world.settle();
    await world.advance(4 * dayMs);
    const [made] = await payoutsOf(pair.contractor);
    expect(made!.status).toBe('paid');
    const stripeAccount = accountId;
    const read = await world.ctx.stripe.payouts.retrieve(made!.stripePayoutId!, {}, { stripeAccount });
    await deauthorize();
    await onboard(world, pair.contractor);
    // Read before the account was left, applied after.
    await applyPayout(world.ctx, made!.id, { ...read, status: 'failed' });
    await world.sandbox.control.failPayout(made!.stripePayoutId!);
    await world.settle();
    await world.advance(31 * 60_000);
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('paid');
    expect(await funds()).toEqual([['eur', 0, 0, 0]]);
    expect(await waitingTasks()).toBe(0);
  });

  test('lets the schedule go on', async () => {
    await earnOf(1000);
    await setSchedule(pair.contractor, { interval: 'daily' });
    await deauthorize();
    await toNextRun(world, pair.contractor);
    expect(await payoutsOf(pair.contractor)).toEqual([]);
    await onboard(world, pair.contractor);
    await earnOf(2000);
    await toNextRun(world, pair.contractor);
    expect(await payoutsOf(pair.contractor)).toMatchObject([{ amount: { amount: 1800 }, scheduled: true }]);
    expect((await readSchedule(pair.contractor)).paused).toBeNull();
  });
});
