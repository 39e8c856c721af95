import { adminMoney } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPair, earn, type MoneyWorld, readPayment, startMoneyWorld } from '../../test/money-world.ts';
import { createPerson } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());

test('a refund of released money that the bank sends back leaves the payment held and not to be released again', async () => {
  const pair = await createPair(world);
  const grace = await createPerson(world, { role: 'admin' });
  const payment = await earn(world, pair);
  await grace.client.call(adminMoney.refundPayment, {
    params: { id: payment.id },
    body: { reason: 'The work has to be done again.' },
    idempotencyKey: 'all-of-it',
  });
  await world.settle();
  const [refund] = (await readPayment(pair, payment.id)).refunds;
  await world.sandbox.control.failRefund(refund!.stripeRefundId!);
  await world.settle();
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'held',
    releaseRequestedAt: null,
    refunds: [{ status: 'failed' }],
  });
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
  await grace.client.call(adminMoney.retryRefund, { params: { id: refund!.id } });
  await world.settle();
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});
