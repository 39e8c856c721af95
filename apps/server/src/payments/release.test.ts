import { bookings, payments, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confirmBooking, createPair, type MoneyWorld, pay, startMoneyWorld } from '../../test/money-world.ts';

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());

test('a completed job pays the contractor all but the commission, and the bank the rest', async () => {
  const pair = await createPair(world);
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  expect(payment.status).toBe('held');
  await pair.contractor.client.call(bookings.deliver, {
    params: { id: booking.id },
    body: { note: 'Done.' },
  });
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await world.settle();
  const released = await pair.customer.client.call(payments.get, { params: { id: payment.id } });
  expect(released).toMatchObject({
    status: 'released',
    commission: { amount: 4500 },
    contractorAmount: { amount: 40_500 },
  });
  const before = await pair.contractor.client.call(payouts.balance);
  expect(before.balances).toEqual([
    { currency: 'eur', held: 0, releasable: 0, pending: 0, available: 40_500, inTransit: 0, withdrawn: 0 },
  ]);
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'all' });
  await world.settle();
  await world.advance(4 * 24 * 3_600_000);
  const after = await pair.contractor.client.call(payouts.balance);
  expect(after.balances[0]).toMatchObject({ available: 0, inTransit: 0, withdrawn: 40_500 });
  const withdrawn = await pair.customer.client.call(payments.get, { params: { id: payment.id } });
  expect(withdrawn.status).toBe('withdrawn');
});
