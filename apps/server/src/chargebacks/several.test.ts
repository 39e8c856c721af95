import { adminMoney, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { fundBooking } from '../../test/disputed.ts';
import {
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { ledgerChecks } from '../audit/ledger-checks.ts';
import { newId } from '../ids.ts';
import { followDispute } from './chargebacks.ts';

/*
 * Several disputes about one charge at the same time, each about a part of it. The sandbox knows one at a time, so
 * what Stripe says of them is told here.
 */

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  grace = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const check of ledgerChecks)
    expect([check.name, await check.run(world.ctx)]).toEqual([check.name, []]);
});

type Movement = { id: string; amount: number; fee: number; net: number };

/** A dispute at Stripe about a part of the payment, and what the bank says next. */
function disputeOf(stripePaymentId: string, amountMinor: number) {
  const movements: Movement[] = [{ id: newId('txn'), amount: -amountMinor, fee: 0, net: -amountMinor }];
  const dispute = {
    id: newId('du'),
    amount: amountMinor,
    reason: 'fraudulent',
    status: 'needs_response',
    payment_intent: stripePaymentId,
    evidence_details: { due_by: null },
    balance_transactions: movements,
  };
  return {
    dispute,
    decide: (status: 'won' | 'lost', isReturned = status === 'won') => {
      dispute.status = status;
      if (isReturned) movements.push({ id: newId('txn'), amount: amountMinor, fee: 0, net: amountMinor });
    },
  };
}

const follow = async ({ dispute }: ReturnType<typeof disputeOf>) => {
  vi.spyOn(world.ctx.stripe.disputes, 'retrieve').mockResolvedValue(dispute as never);
  await followDispute(world.ctx, dispute.id);
  await world.drain();
};
const chargebacksOf = async (paymentId: string) =>
  (await grace.client.call(adminMoney.listChargebacks, { query: { paymentId } })).items.toReversed();
const balance = async () =>
  (await pair.contractor.client.call(payouts.balance)).balances.find(({ currency }) => currency === 'eur')!;

test('charge a contractor who was paid for each part once', async () => {
  const payment = await earn(world, pair);
  const first = disputeOf(payment.stripePaymentId!, 20_000);
  const second = disputeOf(payment.stripePaymentId!, 25_000);
  await follow(first);
  await follow(second);
  const taken = (await chargebacksOf(payment.id)).map((one) => one.takenFromContractor.amount);
  expect(taken).toEqual([18_000, 22_500]);
  expect(await balance()).toMatchObject({ debt: 0, available: 0, pending: 0 });
});

test('are lost and won each for itself', async () => {
  const { payment } = await fundBooking(world, pair);
  const first = disputeOf(payment.stripePaymentId!, 20_000);
  const second = disputeOf(payment.stripePaymentId!, 25_000);
  await follow(first);
  await follow(second);
  first.decide('lost');
  await follow(first);
  expect((await readPayment(pair, payment.id)).refunded.amount).toBe(20_000);
  second.decide('won');
  await follow(second);
  expect((await chargebacksOf(payment.id)).map(({ outcome }) => outcome)).toEqual(['lost', 'won']);
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'held',
    refunded: { amount: 20_000 },
    freezes: [],
  });
});

test('what one gives back after it was lost is settled while the other is open', async () => {
  const payment = await earn(world, pair);
  const first = disputeOf(payment.stripePaymentId!, 20_000);
  const second = disputeOf(payment.stripePaymentId!, 25_000);
  await follow(first);
  first.decide('lost');
  await follow(first);
  await follow(second);
  first.decide('lost', true);
  await follow(first);
  const [returned, open] = await chargebacksOf(payment.id);
  expect([returned!.returnedUnsettled.amount, open!.returnedUnsettled.amount]).toEqual([20_000, 0]);
  const settle = (to: 'contractor' | 'platform') =>
    grace.client.call(adminMoney.settleReturn, {
      params: { id: returned!.id },
      body: { to, note: 'Appeal.' },
    });
  await expect(settle('contractor')).rejects.toThrow('frozen');
  expect((await settle('platform')).returnedUnsettled.amount).toBe(0);
  second.decide('won');
  await follow(second);
});

test('one that is won does not wait for the other', async () => {
  const payment = await earn(world, pair);
  const first = disputeOf(payment.stripePaymentId!, 20_000);
  const second = disputeOf(payment.stripePaymentId!, 25_000);
  await follow(first);
  await follow(second);
  first.decide('won');
  await follow(first);
  expect((await chargebacksOf(payment.id)).map(({ outcome }) => outcome)).toEqual(['won', null]);
  second.decide('lost');
  await follow(second);
  await world.settle();
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'released',
    refunded: { amount: 25_000 },
    contractorAmount: { amount: 18_000 },
  });
  expect((await balance()).debt).toBe(0);
});
