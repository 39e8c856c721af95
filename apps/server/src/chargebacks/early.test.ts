import { adminMoney, bookings, payments } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { minuteMs } from '../clock.ts';

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
afterEach(async () => {
  await world.settle();
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});

async function unpaid() {
  const booking = await confirmBooking(pair);
  const { payment } = await pair.customer.client.call(payments.createIntent, {
    body: { bookingId: booking.id },
  });
  return { booking, payment };
}

/** The customer pays at Stripe, and we have not heard of it. */
const paySilently = (stripePaymentId: string) =>
  world.ctx.stripe.paymentIntents.confirm(stripePaymentId, {
    payment_method: 'pm_card_bypassPending',
    return_url: 'https://example.org/back',
  });

test('a fraud warning that comes before the news of the payment freezes it all the same', async () => {
  const { payment } = await unpaid();
  await world.sandbox.control.addWebhookRule({ type: 'payment_intent.succeeded', action: 'drop' });
  await paySilently(payment.stripePaymentId!);
  await world.sandbox.control.settled();
  await world.sandbox.control.warnOfFraud(payment.stripePaymentId!);
  await world.settle();
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'held',
    freezes: [{ cause: 'fraud_warning' }],
  });
});

test('what is not paid yet cannot be frozen: money that comes in too late must go back', async () => {
  const { booking, payment } = await unpaid();
  const grace = await createPerson(world, { role: 'admin' });
  const freeze = { params: { id: payment.id }, body: { reason: 'Looks odd.' } };
  expect((await problemOf(grace.client.call(adminMoney.freezePayment, freeze))).code).toBe('conflict');
  await world.sandbox.control.holdWebhooks();
  await paySilently(payment.stripePaymentId!);
  await pair.customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
  await world.sandbox.control.releaseWebhooks();
  await world.advance(11 * minuteMs);
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
});
