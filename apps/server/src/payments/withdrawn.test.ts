import { adminMoney, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createPair,
  earn,
  type MoneyWorld,
  onboard,
  type Pair,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { dayMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { outstandingDebt } from './payments.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
});
afterEach(async () => {
  await world.settle();
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});

const refund = (paymentId: string, amount?: number) =>
  grace.client.call(adminMoney.refundPayment, {
    params: { id: paymentId },
    body: { reason: 'Agreed with both sides.', ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: newId('key'),
  });
const owed = () => inTransaction(world.ctx.db, (tx) => outstandingDebt(tx, pair.contractor.id, 'eur'));

async function withdrawAll() {
  await pair.contractor.client.call(payouts.withdraw, {
    body: { currency: 'eur' },
    idempotencyKey: newId('key'),
  });
  await world.settle();
  await world.advance(5 * dayMs);
}

test('a payment that is being refunded in full after its release does not become withdrawn by that', async () => {
  const payment = await earn(world, pair);
  await refund(payment.id);
  expect((await readPayment(pair, payment.id)).status).toBe('released');
  await world.settle();
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
});

test('a debt that was given up does not make the next release look withdrawn', async () => {
  const first = await earn(world, pair);
  await withdrawAll();
  await refund(first.id);
  await world.settle();
  await grace.client.call(adminMoney.forgiveDebt, {
    params: { id: pair.contractor.id },
    body: { currency: 'eur', amount: await owed(), reason: 'Not their fault.' },
    idempotencyKey: newId('key'),
  });
  const second = await earn(world, pair);
  expect(second.status).toBe('released');
  await withdrawAll();
  expect((await readPayment(pair, second.id)).status).toBe('withdrawn');
});

test('a release that pays what was kept with a closed account is withdrawn: they have it', async () => {
  const first = await earn(world, pair);
  await withdrawAll();
  // Has not settled, so it cannot be taken back before they leave with it.
  await earn(world, pair, undefined, 'pm_card_visa');
  await refund(first.id);
  await world.settle();
  const { account } = await pair.contractor.client.call(payouts.balance);
  await world.sandbox.control.deauthorizeAccount(account.stripeAccountId!);
  await world.settle();
  await onboard(world, pair.contractor);
  expect(await owed()).toBe(40_500);
  const last = await earn(world, pair);
  expect(await owed()).toBe(0);
  expect(last.status).toBe('withdrawn');
});

test('what a release set off against a debt is not promised again when its refund comes back from the bank', async () => {
  const first = await earn(world, pair);
  await withdrawAll();
  await refund(first.id, 22_500);
  await world.settle();
  const second = await earn(world, pair);
  await refund(second.id);
  await world.settle();
  expect(await owed()).toBe(20_250);
  const [made] = (await readPayment(pair, second.id)).refunds;
  await world.sandbox.control.failRefund(made!.stripeRefundId!);
  await world.settle();
  expect((await readPayment(pair, second.id)).status).toBe('held');
  expect(await owed()).toBe(20_250);
});
