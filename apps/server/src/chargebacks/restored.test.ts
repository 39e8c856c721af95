import { adminMoney, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { dayMs, hourMs } from '../clock.ts';
import { newId } from '../ids.ts';

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
  await world.settle();
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});

const balance = async () =>
  (await pair.contractor.client.call(payouts.balance)).balances.find(({ currency }) => currency === 'eur')!;
const refund = (paymentId: string, amount: number) =>
  grace.client.call(adminMoney.refundPayment, {
    params: { id: paymentId },
    body: { reason: 'Agreed with both sides.', amount },
    idempotencyKey: newId('key'),
  });

test('what was given back after a chargeback can be taken back again for a refund', async () => {
  const payment = await earn(world, pair);
  const dispute = await world.sandbox.control.openDispute(payment.stripePaymentId!, { amount: 40_000 });
  await world.settle();
  await world.sandbox.control.resolveDispute(dispute, 'won');
  await world.settle();
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 40_500, debt: 0 });
  await refund(payment.id, 45_000);
  await world.settle();
  await world.advance(hourMs);
  expect(await readPayment(pair, payment.id)).toMatchObject({ status: 'refunded' });
  expect(await balance()).toMatchObject({ available: 0, pending: 0, debt: 0 });
});
