import { type Booking, bookings, payments } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  loseWebhooks,
  type MoneyWorld,
  type Pair,
  pay,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { newId } from '../ids.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

type Opened = { booking: Booking; paymentId: string; stripePaymentId: string; clientSecret: string };

async function open(): Promise<Opened> {
  const booking = await confirmBooking(pair);
  const { payment, clientSecret } = await pair.customer.client.call(payments.createIntent, {
    body: { bookingId: booking.id },
  });
  return { booking, paymentId: payment.id, stripePaymentId: payment.stripePaymentId!, clientSecret };
}

type ConfirmBody = { paymentId: string; paymentMethod?: string; returnUrl?: string };
const confirm = (body: ConfirmBody, person: Person = pair.customer, idempotencyKey?: string) =>
  person.client.call(payments.confirm, {
    body,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
const chargesOf = async (stripePaymentId: string) =>
  (await world.ctx.stripe.charges.list({ payment_intent: stripePaymentId })).data;

describe('confirm', () => {
  test('with a good card holds the money and makes the booking active', async () => {
    const { booking, paymentId, stripePaymentId } = await open();
    const answer = await confirm({ paymentId, paymentMethod: 'pm_card_visa' });
    expect(answer).toMatchObject({
      nextAction: null,
      payment: { id: paymentId, status: 'held', stripeStatus: 'succeeded', failure: null },
    });
    expect(answer.payment.heldAt).not.toBeNull();
    const { state } = await pair.contractor.client.call(bookings.get, { params: { id: booking.id } });
    expect(state).toBe('active');
    expect(await chargesOf(stripePaymentId)).toHaveLength(1);
  });

  test('is for the customer of the payment alone', async () => {
    const { paymentId } = await open();
    const body = { paymentId, paymentMethod: 'pm_card_visa' };
    expect((await problemOf(world.client.call(payments.confirm, { body }))).status).toBe(401);
    expect((await problemOf(confirm(body, pair.contractor))).status).toBe(403);
    const admin = await createPerson(world, { role: 'admin' });
    expect((await problemOf(confirm(body, admin))).status).toBe(403);
    const other = await createPerson(world, { role: 'customer' });
    expect((await problemOf(confirm(body, other))).status).toBe(404);
    expect((await problemOf(confirm({ ...body, paymentId: newId('pay') }))).status).toBe(404);
    expect((await readPayment(pair, paymentId)).status).toBe('pending');
  });

  test('names what is wrong with its body, also where only Stripe knows it', async () => {
    const { paymentId } = await open();
    for (const [body, path] of [
      [{ paymentId: 'pay_1' }, 'body.paymentId'],
      [{ paymentId, paymentMethod: '4242424242424242' }, 'body.paymentMethod'],
      [{ paymentId, paymentMethod: 'pm_' }, 'body.paymentMethod'],
      [{ paymentId, returnUrl: 'javascript:alert(1)' }, 'body.returnUrl'],
      [{ paymentId, paymentMethod: 'pm_nobodyHasThis' }, 'body.paymentMethod'],
      [{ paymentId, amount: 1 }, 'body.amount'],
    ] as const) {
      const problem = await problemOf(confirm(body as ConfirmBody));
      expect(problem).toMatchObject({ status: 400, code: 'validation_failed' });
      expect(problem.errors!.map((one) => one.path)).toEqual([path]);
    }
    expect(await confirm({ paymentId, paymentMethod: 'pm_card_visa' })).toMatchObject({
      payment: { status: 'held' },
    });
  });

  test('sends the customer back to the address of the app, or to our own page', async () => {
    const [one, other] = [await open(), await open()];
    const paymentMethod = 'pm_card_threeDSecure2Required';
    await confirm({ paymentId: one.paymentId, paymentMethod, returnUrl: 'https://app.example/back' });
    await confirm({ paymentId: other.paymentId, paymentMethod });
    const returnUrl = async ({ stripePaymentId }: Opened) =>
      (await world.ctx.stripe.paymentIntents.retrieve(stripePaymentId)).next_action?.redirect_to_url
        ?.return_url;
    expect(await returnUrl(one)).toBe('https://app.example/back');
    expect(await returnUrl(other)).toMatch(/\/payment-return$/);
    expect((await fetch(`${world.url}/payment-return`)).status).toBe(200);
  });

  test('declined leaves its key free; paid, the key gives the first answer again and no other', async () => {
    const { paymentId, stripePaymentId } = await open();
    const declined = { paymentId, paymentMethod: 'pm_card_chargeDeclined' };
    const good = { paymentId, paymentMethod: 'pm_card_visa' };
    expect(await problemOf(confirm(declined, pair.customer, 'one-try'))).toMatchObject({
      status: 402,
      declineCode: 'generic_decline',
    });
    const paid = await confirm(good, pair.customer, 'one-try');
    expect(paid.payment.status).toBe('held');
    expect(await confirm(good, pair.customer, 'one-try')).toEqual(paid);
    expect((await problemOf(confirm(declined, pair.customer, 'one-try'))).status).toBe(422);
    expect((await chargesOf(stripePaymentId)).filter((charge) => charge.paid)).toHaveLength(1);
  });

  test('tries no more than thirty cards in ten minutes', async () => {
    const { paymentId } = await open();
    const body = { paymentId, paymentMethod: 'pm_card_chargeDeclined' };
    for (let count = 0; count < 30; count += 1) expect((await problemOf(confirm(body))).status).toBe(402);
    expect(await problemOf(confirm(body))).toMatchObject({ status: 429, code: 'rate_limited' });
  });
});

describe('a confirmation in the app', () => {
  /** What Stripe's SDK in the app sends: its own key and the client secret. */
  const confirmInApp = ({ stripePaymentId, clientSecret }: Opened, paymentMethod: string) =>
    fetch(`${world.sandbox.url}/v1/payment_intents/${stripePaymentId}/confirm`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.sandbox.publishableKey}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({
        client_secret: clientSecret,
        payment_method: paymentMethod,
        return_url: 'https://app.example/back',
      }),
    });

  test('is seen by reading again, without any webhook', async () => {
    const opened = await open();
    await world.sandbox.control.holdWebhooks();
    expect((await confirmInApp(opened, 'pm_card_visa')).status).toBe(200);
    expect((await readPayment(pair, opened.paymentId)).status).toBe('pending');
    expect((await confirm({ paymentId: opened.paymentId })).payment.status).toBe('held');
    await loseWebhooks(world);
  });

  test('that was declined shows the reason, and the server may try another card', async () => {
    const opened = await open();
    expect((await confirmInApp(opened, 'pm_card_chargeDeclinedExpiredCard')).status).toBe(402);
    const answer = await confirm({ paymentId: opened.paymentId });
    expect(answer.payment).toMatchObject({ status: 'pending', failure: { code: 'expired_card' } });
    const { paymentId } = opened;
    expect((await confirm({ paymentId, paymentMethod: 'pm_card_visa' })).payment.status).toBe('held');
  });

  test('in the moment in which the server confirms too takes the money once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const opened = await open();
      const [, answer] = await Promise.all([
        confirmInApp(opened, 'pm_card_visa'),
        confirm({ paymentId: opened.paymentId, paymentMethod: 'pm_card_visa' }),
      ]);
      expect(answer.payment.status).toBe('held');
      expect(await chargesOf(opened.stripePaymentId)).toHaveLength(1);
    }
  });

  test('that nobody told us of is found within eleven minutes', async () => {
    const opened = await open();
    await world.sandbox.control.holdWebhooks();
    await confirmInApp(opened, 'pm_card_visa');
    await loseWebhooks(world);
    await world.advance(11 * 60_000);
    expect((await readPayment(pair, opened.paymentId)).status).toBe('held');
  });
});

describe('a payment whose booking is over', () => {
  test('stays cancelled at Stripe although the task that cancels has given up', async () => {
    const { booking, paymentId, stripePaymentId } = await open();
    await pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    await world.ctx.pool.query('delete from graphile_worker._private_jobs');
    await world.advance(11 * 60_000);
    expect((await readPayment(pair, paymentId)).status).toBe('failed');
    expect((await world.ctx.stripe.paymentIntents.retrieve(stripePaymentId)).status).toBe('canceled');
  });

  test('whose intent Stripe would not make is over too', async () => {
    const fresh = { ...pair, customer: await createPerson(world, { role: 'customer' }) };
    const booking = await confirmBooking(fresh);
    await world.ctx.db
      .insertInto('stripe_customers')
      .values({ user_id: fresh.customer.id, stripe_customer_id: 'cus_deletedAtStripe' })
      .execute();
    // Stripe is away when the intent is asked for; the customer gives up and cancels.
    await world.sandbox.control.injectFault({
      method: 'POST',
      path: '/v1/payment_intents',
      times: 2,
      kind: 'reset',
      when: 'before',
    });
    await problemOf(fresh.customer.client.call(payments.createIntent, { body: { bookingId: booking.id } }));
    await fresh.customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    await world.settle();
    const { items } = await fresh.customer.client.call(payments.history);
    expect(items).toMatchObject([{ status: 'failed', stripePaymentId: null }]);
    const { rows } = await world.ctx.pool.query('select * from graphile_worker._private_jobs');
    expect(rows).toEqual([]);
  });

  test('gives the money back that came in with the very end of its time: 50 times, whoever is first', async () => {
    const outcomes = new Set<string>();
    const opened: Opened[] = [];
    while (opened.length < 50) {
      opened.push(...(await Promise.all(Array.from({ length: 5 }, open))));
      await forgetRateLimits(world);
    }
    await world.ctx.db
      .updateTable('bookings')
      .set({ pay_by: world.ctx.clock.now() })
      .where('state', '=', 'confirmed')
      .execute();
    let isSwept = false;
    const sweeping = (async () => {
      while (!isSwept) await world.sweep();
    })();
    await Promise.all(
      opened.map(async ({ paymentId }, index) => {
        await new Promise((done) => setTimeout(done, index * 4));
        await forgetRateLimits(world);
        return confirm({ paymentId, paymentMethod: 'pm_card_visa' }).catch(() => undefined);
      }),
    );
    isSwept = true;
    await sweeping;
    await world.settle();
    for (const { booking, paymentId } of opened) {
      const { status } = await readPayment(pair, paymentId);
      const { state } = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
      outcomes.add(`${state} ${status}`);
    }
    expect(['active held', 'expired refunded', 'expired failed']).toEqual(
      expect.arrayContaining([...outcomes]),
    );
  });
});

test('a second confirmation of held money is harmless, whatever the card', async () => {
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  for (const paymentMethod of [undefined, 'pm_card_visa', 'pm_card_chargeDeclined'])
    expect(
      (
        await confirm({
          paymentId: payment.id,
          ...(paymentMethod === undefined ? {} : { paymentMethod }),
        })
      ).payment.status,
    ).toBe('held');
  expect(await chargesOf(payment.stripePaymentId!)).toHaveLength(1);
});
