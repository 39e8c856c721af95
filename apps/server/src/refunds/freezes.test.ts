import { adminMoney, bookings, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  pay,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { dayMs, hourMs, minuteMs } from '../clock.ts';
import { newId } from '../ids.ts';

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

const cancel = (person: Person, id: string) =>
  person.client.call(bookings.cancel, { params: { id }, body: {} });
const refund = (paymentId: string, amount?: number, person = grace) =>
  person.client.call(adminMoney.refundPayment, {
    params: { id: paymentId },
    body: { reason: 'Agreed with both sides.', ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: newId('key'),
  });
const balance = async (person: Person) =>
  (await person.client.call(payouts.balance)).balances.find(({ currency }) => currency === 'eur')!;
const withdraw = (amount?: number) =>
  pair.contractor.client.call(payouts.withdraw, {
    body: { currency: 'eur', ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: newId('key'),
  });

describe('a payment that an admin has frozen', () => {
  const freeze = (id: string) =>
    grace.client.call(adminMoney.freezePayment, { params: { id }, body: { reason: 'Looking into it.' } });
  const unfreeze = (id: string) =>
    grace.client.call(adminMoney.unfreezePayment, { params: { id }, body: { reason: 'All is well.' } });

  test('is neither completed, cancelled, released nor refunded, and goes on when it is lifted', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await world.settle();
    expect((await freeze(payment.id)).freezes).toEqual([{ cause: 'admin', since: expect.any(String) }]);
    expect((await problemOf(freeze(payment.id))).code).toBe('conflict');
    const complete = () => pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    expect((await problemOf(complete())).detail).toContain('frozen');
    expect((await problemOf(cancel(pair.customer, booking.id))).detail).toContain('frozen');
    expect((await problemOf(refund(payment.id, 100))).detail).toContain('frozen');
    await pair.contractor.client.call(bookings.deliver, {
      params: { id: booking.id },
      body: { note: 'All is done.' },
    });
    await world.advance(100 * hourMs);
    expect((await readPayment(pair, payment.id)).status).toBe('held');
    await unfreeze(payment.id);
    expect((await problemOf(unfreeze(payment.id))).code).toBe('conflict');
    await world.advance(minuteMs);
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('while its release waits stays until it is lifted, and then goes out by itself', async () => {
    const late = await createPair(world, { isOnboarded: false });
    pair = late;
    const payment = await earn(world, pair);
    expect(payment.releaseWaitsFor).toBe('contractor_onboarding');
    await freeze(payment.id);
    const { account } = await pair.contractor.client.call(payouts.connect, { body: {} });
    await world.sandbox.control.completeOnboarding(account.stripeAccountId!);
    await world.settle();
    expect(await readPayment(pair, payment.id)).toMatchObject({ status: 'held', releaseWaitsFor: 'freeze' });
    await unfreeze(payment.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('after release cannot be withdrawn, while other money can', async () => {
    const [frozen] = [await earn(world, pair), await earn(world, pair, { amount: 10_000, currency: 'eur' })];
    await freeze(frozen!.id);
    expect(await balance(pair.contractor)).toMatchObject({ available: 9000 });
    expect((await problemOf(withdraw(9001))).code).toBe('insufficient_funds');
    expect((await withdraw()).amount.amount).toBe(9000);
    await unfreeze(frozen!.id);
    expect((await withdraw()).amount.amount).toBe(40_500);
  });
});

describe('money that is held as long as it may be', () => {
  test('is announced twice and then goes back', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await world.settle();
    const reminders = async () =>
      (
        await world.ctx.db
          .selectFrom('payments')
          .select('hold_reminders')
          .where('id', '=', payment.id)
          .executeTakeFirstOrThrow()
      ).hold_reminders;
    await world.advance(74 * dayMs);
    expect(await reminders()).toBe(0);
    await world.advance(dayMs);
    expect(await reminders()).toBe(1);
    await world.advance(10 * dayMs);
    expect(await reminders()).toBe(2);
    await world.advance(5 * dayMs);
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunds: [{ cause: 'hold_limit' }],
    });
    const ended = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'platform' });
  });

  test('for an account that never came goes back too', async () => {
    pair = await createPair(world, { isOnboarded: false });
    const payment = await earn(world, pair);
    await world.advance(91 * dayMs);
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });
});
