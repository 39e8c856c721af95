import { bookings, earnings, payments, payouts, receipts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../test/jobs.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  startMoneyWorld,
} from '../../test/money-world.ts';

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());

const upcoming = ({ contractor }: Pair, query = {}) => contractor.client.call(earnings.upcoming, { query });
const deliver = ({ contractor }: Pair, id: string) =>
  contractor.client.call(bookings.deliver, { params: { id }, body: { note: 'Done.' } });

test('what is paid is upcoming until it is released, then earned, then paid out', async () => {
  const pair = await createPair(world);
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  const first = await upcoming(pair);
  expect(first.items).toMatchObject([
    {
      paymentId: payment.id,
      bookingState: 'active',
      job: { title: booking.job.title },
      amount: { amount: 45_000, currency: 'eur' },
      contractorAmount: { amount: 40_500, currency: 'eur' },
      expectedReleaseAt: null,
      waitsFor: null,
    },
  ]);
  const sums = { currency: 'eur', payments: 1, gross: 45_000, commission: 4500, net: 40_500 };
  expect(first.totals).toEqual([sums]);
  const delivered = await deliver(pair, booking.id);
  expect((await upcoming(pair)).items[0]).toMatchObject({
    bookingState: 'delivered',
    expectedReleaseAt: delivered.releaseAt,
  });
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await world.settle();
  expect(await upcoming(pair)).toEqual({ items: [], nextCursor: null, totals: [] });
  const report = await pair.contractor.client.call(earnings.report, { query: {} });
  expect(report.totals).toEqual([sums]);
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'all' });
  await world.settle();
  await world.advance(4 * 24 * 3_600_000);
  const year = String(world.ctx.clock.now().getUTCFullYear());
  const statement = await pair.contractor.client.call(earnings.statementData, { params: { year } });
  expect(statement.currencies).toMatchObject([
    { openingBalance: 0, totals: { net: 40_500, paidOut: 40_500 }, closingBalance: 0 },
  ]);
});

test('completed work waits visibly for onboarding', async () => {
  const pair = await createPair(world, { isOnboarded: false });
  const booking = await confirmBooking(pair);
  await pay(pair, booking);
  await deliver(pair, booking.id);
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await world.settle();
  expect((await upcoming(pair)).items).toMatchObject([
    { bookingState: 'completed', expectedReleaseAt: null, waitsFor: 'contractor_onboarding' },
  ]);
  await onboard(world, pair.contractor);
  expect((await upcoming(pair)).items).toEqual([]);
});

test('upcoming comes in pages, its totals are of all of it', async () => {
  const pair = await createPair(world);
  for (let count = 0; count < 3; count += 1) await pay(pair, await confirmBooking(pair));
  const first = await upcoming(pair, { limit: '2' });
  const second = await upcoming(pair, { limit: '2', cursor: first.nextCursor! });
  expect([first.items.length, second.items.length, second.nextCursor]).toEqual([2, 1, null]);
  expect(new Set([...first.items, ...second.items].map((one) => one.paymentId)).size).toBe(3);
  expect([first.totals, second.totals].map(([one]) => one!.payments)).toEqual([3, 3]);
});

test('a receipt is there once the money is taken, and shows what was given back', async () => {
  const pair = await createPair(world);
  const booking = await confirmBooking(pair);
  const { payment } = await pair.customer.client.call(payments.createIntent, {
    body: { bookingId: booking.id },
  });
  const read = () => pair.customer.client.call(receipts.get, { params: { paymentId: payment.id } });
  expect(await refusal(read())).toBe('conflict');
  await pay(pair, booking);
  const paid = await read();
  expect(paid).toContain('<td>Payment</td><td>€450.00</td>');
  expect(paid).not.toContain('Refund');
  await pair.customer.client.call(bookings.cancel, {
    params: { id: booking.id },
    body: { reason: 'Moved.' },
  });
  await world.settle();
  const refunded = await read();
  expect(refunded).toContain('<td>Refund</td><td>-€450.00</td>');
  expect(refunded).toContain('Paid after refunds</td><td></td><td>€0.00</td>');
  const number = /R(-[0-9A-Z]{4}){4}/.exec(paid)![0];
  expect(refunded).toContain(number);
  expect((await upcoming(pair)).items).toEqual([]);
});
