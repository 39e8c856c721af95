import { ApiError } from '@holdfast/client';
import { type Booking, bookings, payments } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../jobs.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());

const confirm = (paymentId: string, paymentMethod?: string) =>
  pair.customer.client.call(payments.confirm, {
    body: { paymentId, ...(paymentMethod === undefined ? {} : { paymentMethod }) },
  });

async function openPayment(): Promise<{ booking: Booking; paymentId: string; stripePaymentId: string }> {
  const booking = await confirmBooking(pair);
  const { payment } = await pair.customer.client.call(payments.createIntent, {
    body: { bookingId: booking.id },
  });
  return { booking, paymentId: payment.id, stripePaymentId: payment.stripePaymentId! };
}

describe('a card that is refused', () => {
  for (const [card, declineCode] of [
    ['pm_card_visa_chargeDeclined', 'generic_decline'],
    ['pm_card_chargeDeclined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'stolen_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error'],
  ] as const)
    test(`${card} is 402 ${declineCode}, takes nothing, and another card may follow`, async () => {
      const { booking, paymentId } = await openPayment();
      const error = await confirm(paymentId, card).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(ApiError);
      expect((error as ApiError).problem).toMatchObject({ status: 402, code: 'card_declined', declineCode });
      const after = await pair.customer.client.call(payments.get, { params: { id: paymentId } });
      expect(after).toMatchObject({ status: 'pending', failure: { code: declineCode } });
      expect((await pair.customer.client.call(bookings.get, { params: { id: booking.id } })).state).toBe(
        'confirmed',
      );
      expect((await confirm(paymentId, 'pm_card_visa')).payment).toMatchObject({
        status: 'held',
        failure: null,
      });
    });
});

describe('a card that asks for 3-D Secure', () => {
  test('is held once the customer has completed it, by the webhook alone', async () => {
    const { booking, paymentId, stripePaymentId } = await openPayment();
    const asked = await confirm(paymentId, 'pm_card_threeDSecure2Required');
    expect(asked.payment.status).toBe('pending');
    expect(asked.nextAction).toMatchObject({
      type: 'redirect_to_url',
      redirectUrl: expect.stringContaining('http'),
    });
    await world.sandbox.control.completeAuthentication(stripePaymentId, 'succeed');
    await world.settle();
    expect((await pair.customer.client.call(payments.get, { params: { id: paymentId } })).status).toBe(
      'held',
    );
    expect((await pair.customer.client.call(bookings.get, { params: { id: booking.id } })).state).toBe(
      'active',
    );
  });

  test('is held when the app asks again, without any webhook', async () => {
    const { paymentId, stripePaymentId } = await openPayment();
    await confirm(paymentId, 'pm_card_authenticationRequired');
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.completeAuthentication(stripePaymentId, 'succeed');
    expect((await confirm(paymentId)).payment.status).toBe('held');
    await world.sandbox.control.releaseWebhooks();
    await world.settle();
  });

  test('that the customer fails takes nothing and may be tried again', async () => {
    const { paymentId, stripePaymentId } = await openPayment();
    await confirm(paymentId, 'pm_card_threeDSecure2Required');
    await world.sandbox.control.completeAuthentication(stripePaymentId, 'fail');
    const again = await confirm(paymentId);
    expect(again).toMatchObject({
      payment: { status: 'pending', failure: { code: 'payment_intent_authentication_failure' } },
      nextAction: null,
    });
    expect((await confirm(paymentId, 'pm_card_visa')).payment.status).toBe('held');
  });
});

describe('a payment that is held', () => {
  test('is not charged again by another confirmation or another intent', async () => {
    const { booking, paymentId } = await openPayment();
    await confirm(paymentId, 'pm_card_visa');
    expect((await confirm(paymentId, 'pm_card_visa')).payment.status).toBe('held');
    expect(
      await refusal(pair.customer.client.call(payments.createIntent, { body: { bookingId: booking.id } })),
    ).toBe('conflict');
  });
});

describe('a booking that ends', () => {
  test('before payment cancels the intent: the payment has failed and cannot be confirmed', async () => {
    const { booking, paymentId } = await openPayment();
    await pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    expect(await refusal(confirm(paymentId, 'pm_card_visa'))).toBe('conflict');
    await world.settle();
    expect((await pair.customer.client.call(payments.get, { params: { id: paymentId } })).status).toBe(
      'failed',
    );
  });

  test('after payment gives everything back', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await pair.customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    await world.settle();
    expect((await pair.customer.client.call(payments.get, { params: { id: payment.id } })).status).toBe(
      'refunded',
    );
    expect(
      await refusal(pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } })),
    ).toBe('conflict');
  });

  test('in the very moment of payment gives everything back', async () => {
    const { booking, paymentId, stripePaymentId } = await openPayment();
    await confirm(paymentId, 'pm_card_threeDSecure2Required');
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.completeAuthentication(stripePaymentId, 'succeed');
    // Stripe has the money, and we do not know it yet.
    await pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    await world.sandbox.control.releaseWebhooks();
    await world.settle();
    expect((await pair.customer.client.call(payments.get, { params: { id: paymentId } })).status).toBe(
      'refunded',
    );
    expect((await pair.customer.client.call(bookings.get, { params: { id: booking.id } })).state).toBe(
      'cancelled',
    );
  });

  test('because nobody paid in time expires, and its intent with it', async () => {
    const { booking, paymentId } = await openPayment();
    await world.advance(49 * 3_600_000);
    expect((await pair.customer.client.call(bookings.get, { params: { id: booking.id } })).state).toBe(
      'expired',
    );
    expect((await pair.customer.client.call(payments.get, { params: { id: paymentId } })).status).toBe(
      'failed',
    );
  });
});

test('cancelling and completing at once: one happens, the other is a conflict, 50 times', async () => {
  const race = async () => {
    const booking = await confirmBooking(pair, { amount: 1000, currency: 'usd' });
    const { payment } = await pay(pair, booking);
    const [cancelled, completed] = await Promise.all([
      refusal(pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} })),
      refusal(pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } })),
    ]);
    expect([cancelled, completed].sort()).toEqual(['conflict', 'no error']);
    return { paymentId: payment.id, status: cancelled === 'no error' ? 'refunded' : 'released' };
  };
  for (let round = 0; round < 50; round += 5) {
    const raced = await Promise.all(Array.from({ length: 5 }, race));
    await world.settle();
    for (const { paymentId, status } of raced)
      expect((await pair.customer.client.call(payments.get, { params: { id: paymentId } })).status).toBe(
        status,
      );
    await world.ctx.pool.query('delete from rate_limits');
  }
});

test('a customer who never comes back after delivery: the review period releases by itself', async () => {
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  await pair.contractor.client.call(bookings.deliver, {
    params: { id: booking.id },
    body: { note: 'Done.' },
  });
  await world.advance(71 * 3_600_000);
  expect((await pair.customer.client.call(payments.get, { params: { id: payment.id } })).status).toBe('held');
  await world.advance(2 * 3_600_000);
  expect((await pair.customer.client.call(payments.get, { params: { id: payment.id } })).status).toBe(
    'released',
  );
});
