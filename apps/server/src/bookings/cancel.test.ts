import { bookings } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postJob } from '../../test/jobs.ts';
import {
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { audit } from '../audit/audit.ts';
import { dayMs } from '../clock.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());

test('late, after a bank took a sum that is no whole step of the currency, refunds whole steps', async () => {
  const wishedDate = new Date(world.ctx.clock.now().getTime() + 10 * dayMs).toISOString().slice(0, 10);
  const price = { amount: 2_000_000, currency: 'huf' as const };
  const job = await postJob(pair.customer, { budget: price, wishedDate });
  const { id } = await pair.customer.client.call(bookings.create, {
    body: { jobId: job.id, contractorId: pair.contractor.id },
  });
  const booking = await pair.contractor.client.call(bookings.confirm, { params: { id } });
  const { payment } = await pay(pair, booking);
  await world.settle();
  const dispute = await world.sandbox.control.openDispute(payment.stripePaymentId!, { amount: 12_345 });
  await world.settle();
  await world.sandbox.control.resolveDispute(dispute, 'lost');
  await world.settle();
  await world.advance(Date.parse(booking.cancellation.freeUntil!) - world.ctx.clock.now().getTime());
  await pair.customer.client.call(bookings.cancel, { params: { id }, body: {} });
  await world.settle();
  const { status, refunds, refunded } = await readPayment(pair, payment.id);
  expect(status).toBe('released');
  expect(refunds).toMatchObject([{ amount: { amount: 1_587_600 }, status: 'succeeded' }]);
  expect(refunded.amount).toBe(12_345 + 1_587_600);
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});
