import { type Payout, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  createPair,
  earn,
  loseWebhooks,
  type MoneyWorld,
  onboard,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { forgetRateLimits } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { newId } from '../ids.ts';
import { refreshPayout } from './payouts.ts';

const dayMs = 86_400_000;

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

const withdraw = (amount?: number, currency: 'eur' | 'usd' | 'huf' = 'eur') =>
  pair.contractor.client.call(payouts.withdraw, {
    body: { currency, ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: newId('pay'),
  });
const read = async ({ id }: Payout) =>
  (await pair.contractor.client.call(payouts.history)).items.find((one) => one.id === id)!;
const balance = async (currency = 'eur') =>
  (await pair.contractor.client.call(payouts.balance)).balances.find((one) => one.currency === currency)!;
const ledger = () => ledgerText(world, { contractorId: pair.contractor.id });
const earnEach = async (...amounts: number[]) => {
  const made = [];
  for (const amount of amounts) made.push(await earn(world, pair, { amount, currency: 'eur' }));
  return made.map((payment) => payment.id);
};
const statuses = async (ids: string[]) =>
  Promise.all(ids.map(async (id) => (await readPayment(pair, id)).status));

describe('a payout', () => {
  test('that arrives is paid, and its payment withdrawn', async () => {
    const [id] = await earnEach(1000);
    const made = await withdraw();
    await world.settle();
    await world.advance(2 * 3_600_000);
    expect(await read(made)).toMatchObject({ status: 'in_transit', completedDate: null });
    expect(await statuses([id!])).toEqual(['released']);
    await world.advance(4 * dayMs);
    expect(await read(made)).toMatchObject({ status: 'paid', failure: null });
    expect((await read(made)).completedDate).not.toBeNull();
    expect((await readPayment(pair, id!)).withdrawnAt).not.toBeNull();
    expect(await ledger()).toBe(text`
      payout-promised: contractor_balance +900, payout_pending -900
      payout-sent: bank_in_transit +900, connected_stripe -900
      payout-paid: payout_pending +900, bank_in_transit -900
      = bank_in_transit 0, connected_stripe -900, contractor_balance +900, payout_pending 0`);
  });

  test('that the bank refuses gives the money back with the reason, and may be tried again', async () => {
    await onboard(world, pair.contractor, '000111111116');
    const [id] = await earnEach(1000);
    const made = await withdraw();
    await world.settle();
    await world.advance(4 * dayMs);
    expect(await read(made)).toMatchObject({ status: 'failed', failure: { code: 'no_account' } });
    expect(await statuses([id!])).toEqual(['released']);
    expect(await balance()).toMatchObject({ available: 900, inTransit: 0, withdrawn: 0 });
    await onboard(world, pair.contractor, '000123456789');
    const again = await withdraw();
    await world.settle();
    await world.advance(4 * dayMs);
    expect(await read(again)).toMatchObject({ status: 'paid', amount: { amount: 900 } });
    expect(await statuses([id!])).toEqual(['withdrawn']);
    expect(await balance()).toMatchObject({ available: 0, inTransit: 0, withdrawn: 900 });
    expect(await ledger()).toBe(text`
      payout-promised: contractor_balance +900, payout_pending -900
      payout-sent: bank_in_transit +900, connected_stripe -900
      payout-failed: payout_pending +900, contractor_balance -900, connected_stripe +900, bank_in_transit -900
      payout-promised: contractor_balance +900, payout_pending -900
      payout-sent: bank_in_transit +900, connected_stripe -900
      payout-paid: payout_pending +900, bank_in_transit -900
      = bank_in_transit 0, connected_stripe -900, contractor_balance +900, payout_pending 0`);
  });

  test('that the bank returns after it was paid gives the money back once, and the payment is released', async () => {
    const [id] = await earnEach(1000);
    const made = await withdraw();
    await world.settle();
    await world.advance(4 * dayMs);
    expect(await statuses([id!])).toEqual(['withdrawn']);
    const { stripePayoutId } = await read(made);
    await world.sandbox.control.failPayout(stripePayoutId!);
    await world.settle();
    const { account } = await pair.contractor.client.call(payouts.balance);
    for (let again = 0; again < 3; again += 1)
      await refreshPayout(world.ctx, stripePayoutId!, account.stripeAccountId!);
    expect(await read(made)).toMatchObject({ status: 'failed', failure: { code: 'account_closed' } });
    expect(await readPayment(pair, id!)).toMatchObject({ status: 'released', withdrawnAt: null });
    expect(await balance()).toMatchObject({ available: 900, inTransit: 0, withdrawn: 0 });
    expect(await ledger()).toBe(text`
      payout-promised: contractor_balance +900, payout_pending -900
      payout-sent: bank_in_transit +900, connected_stripe -900
      payout-paid: payout_pending +900, bank_in_transit -900
      payout-failed: connected_stripe +900, contractor_balance -900
      = bank_in_transit 0, connected_stripe 0, contractor_balance 0, payout_pending 0`);
  });

  test('returned twelve days after it was paid is noticed without any webhook', async () => {
    await earnEach(1000);
    const made = await withdraw();
    await world.settle();
    await world.advance(12 * dayMs);
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.failPayout((await read(made)).stripePayoutId!);
    await loseWebhooks(world);
    expect((await read(made)).status).toBe('paid');
    await world.advance(31 * 60_000);
    expect((await read(made)).status).toBe('failed');
  });

  test('that Stripe refuses is failed with the reason, and the money is back', async () => {
    await earnEach(1000);
    const made = await withdraw();
    const { account } = await pair.contractor.client.call(payouts.balance);
    await world.sandbox.control.changeAccount(account.stripeAccountId!, 'restricted');
    await world.settle();
    expect(await read(made)).toMatchObject({
      status: 'failed',
      stripePayoutId: null,
      failure: { code: 'payouts_not_allowed' },
    });
    expect((await problemOf(withdraw())).code).toBe('onboarding_required');
    expect(await ledger()).toBe(text`
      payout-promised: contractor_balance +900, payout_pending -900
      payout-failed: payout_pending +900, contractor_balance -900
      = contractor_balance 0, payout_pending 0`);
    await world.sandbox.control.completeOnboarding(account.stripeAccountId!);
    await world.settle();
    expect((await withdraw()).amount.amount).toBe(900);
  });

  test('whose task has given up is sent by the sweep', async () => {
    await earnEach(1000);
    const made = await withdraw();
    await world.ctx.pool.query('delete from graphile_worker._private_jobs');
    await world.advance(31 * 60_000);
    expect((await read(made)).stripePayoutId).not.toBeNull();
  });

  test('of somebody else, or made behind our back, changes nothing', async () => {
    await earnEach(1000);
    const { account } = await pair.contractor.client.call(payouts.balance);
    const stripeAccount = account.stripeAccountId!;
    const foreign = await world.ctx.stripe.payouts.create({ amount: 5, currency: 'eur' }, { stripeAccount });
    await world.settle();
    expect((await pair.contractor.client.call(payouts.history)).items).toEqual([]);
    // What somebody took out of the balance is not there to be withdrawn.
    expect(await balance()).toMatchObject({ available: 895, pending: 5 });
    const other = await createPair(world);
    const theirs = await other.contractor.client.call(payouts.balance);
    await expect(refreshPayout(world.ctx, foreign.id, theirs.account.stripeAccountId!)).rejects.toMatchObject(
      { statusCode: 404 },
    );
    await world.sandbox.control.failPayout(foreign.id);
    await world.settle();
  });
});

describe('withdrawn', () => {
  test('goes to the oldest releases first; one that is covered in part waits', async () => {
    const ids = await earnEach(1000, 2000, 3000);
    const expectAfter = async (amount: number, expected: string[]) => {
      await withdraw(amount);
      await world.settle();
      await world.advance(4 * dayMs);
      expect(await statuses(ids)).toEqual(expected);
    };
    await expectAfter(899, ['released', 'released', 'released']);
    await expectAfter(1, ['withdrawn', 'released', 'released']);
    await expectAfter(2500, ['withdrawn', 'withdrawn', 'released']);
    await expectAfter(2000, ['withdrawn', 'withdrawn', 'withdrawn']);
  });

  test('goes back from the newest when the bank returns a payout in the middle', async () => {
    const ids = await earnEach(1000, 1000, 1000);
    const made = [];
    for (let count = 0; count < 3; count += 1) {
      made.push(await withdraw(900));
      await world.settle();
    }
    await world.advance(4 * dayMs);
    expect(await statuses(ids)).toEqual(['withdrawn', 'withdrawn', 'withdrawn']);
    await world.sandbox.control.failPayout((await read(made[0]!)).stripePayoutId!);
    await world.settle();
    expect(await statuses(ids)).toEqual(['withdrawn', 'withdrawn', 'released']);
  });

  test('counts each currency by itself', async () => {
    const euro = await earn(world, pair, { amount: 1000, currency: 'eur' });
    const dollar = await earn(world, pair, { amount: 1000, currency: 'usd' });
    const forint = await earn(world, pair, { amount: 20_000, currency: 'huf' });
    await withdraw(undefined, 'usd');
    await withdraw(undefined, 'huf');
    await world.settle();
    await world.advance(4 * dayMs);
    expect(await statuses([euro.id, dollar.id, forint.id])).toEqual(['released', 'withdrawn', 'withdrawn']);
    expect(await balance('eur')).toMatchObject({ available: 900, withdrawn: 0 });
    expect(await balance('usd')).toMatchObject({ available: 0, withdrawn: 900 });
    expect(await balance('huf')).toMatchObject({ available: 0, withdrawn: 18_000 });
  });
});

test('a withdrawal never counts money that an earlier one has taken since Stripe was asked', async () => {
  // 900 settled, 900 still settling: owed is 1800, and two withdrawals of 900 must not both be promised.
  await earn(world, pair, { amount: 1000, currency: 'eur' });
  await earn(world, pair, { amount: 1000, currency: 'eur' }, 'pm_card_visa');
  const { balance: api } = world.ctx.stripe;
  const original = api.retrieve;
  api.retrieve = (async (...parameters: []) => {
    api.retrieve = original;
    const before = await original.apply(api, parameters);
    // While this answer is under way another withdrawal is made, sent and known to be sent.
    await withdraw(900);
    await world.settle();
    return before;
  }) as never;
  expect((await problemOf(withdraw(900))).code).toBe('insufficient_funds');
});

test('after all of it everything adds up', async () => {
  await world.settle();
  const findings = (await audit(world.ctx, 50)).flatMap((result) => result.findings);
  // The one payout that this file made behind our back: the object, and what it moved there and back.
  expect(findings.map((finding) => finding.detail).toSorted()).toEqual([
    expect.stringContaining(' payout po_'),
    expect.stringContaining('no payout of ours'),
    expect.stringContaining(' payout_return po_'),
  ]);
});
