import { accounts, bookings, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
import { forgetRateLimits, type Person } from '../../test/people.ts';

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

const leave = (person: Person) =>
  person.client.call(accounts.deleteMe, { body: { currentPassword: person.password } });

async function expectStays(person: Person): Promise<void> {
  await forgetRateLimits(world);
  expect((await problemOf(leave(person))).code).toBe('conflict');
}

test('an account with money in escrow stays, on either side', async () => {
  await pay(pair, await confirmBooking(pair));
  await expectStays(pair.customer);
  await expectStays(pair.contractor);
});

test('an account whose refund is still under way stays, and may go afterwards', async () => {
  const booking = await confirmBooking(pair);
  await pay(pair, booking);
  await pair.customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
  await expectStays(pair.customer);
  await world.settle();
  await leave(pair.customer);
  await leave(pair.contractor);
});

test('an account whose payment is still being cancelled stays, and may go afterwards', async () => {
  const booking = await confirmBooking(pair);
  await problemOf(pay(pair, booking, 'pm_card_chargeDeclined'));
  await pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
  await expectStays(pair.customer);
  await world.settle();
  await leave(pair.customer);
});

test('a contractor stays until the last of the money has reached the bank, the customer may go before', async () => {
  await earn(world, pair);
  await leave(pair.customer);
  await expectStays(pair.contractor);
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'all' });
  await world.settle();
  await expectStays(pair.contractor);
  await world.advance(4 * 86_400_000);
  await leave(pair.contractor);
  expect((await problemOf(pair.contractor.client.call(payouts.balance))).status).toBe(401);
});

test('a contractor whose release waits for onboarding stays', async () => {
  pair = await createPair(world, { isOnboarded: false });
  await earn(world, pair);
  await expectStays(pair.contractor);
});
