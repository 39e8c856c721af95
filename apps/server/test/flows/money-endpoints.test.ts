import { createHmac } from 'node:crypto';
import { bookings, type Page, type Payment, payments, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../jobs.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';
import { createPerson } from '../people.ts';

let world: MoneyWorld;
let pair: Pair;
let stranger: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
  stranger = await createPair(world, { isOnboarded: false });
});
afterAll(() => world.stop());

const call = (bookingId: string) => ({ body: { bookingId } });

describe('create-intent', () => {
  test('takes amount and commission from the booking, and answers the same payment again and at once', async () => {
    const booking = await confirmBooking(pair, { amount: 33_333, currency: 'usd' });
    const made = await Promise.all(
      Array.from({ length: 5 }, () => pair.customer.client.call(payments.createIntent, call(booking.id))),
    );
    expect(new Set(made.map((one) => one.payment.id)).size).toBe(1);
    expect(new Set(made.map((one) => one.clientSecret)).size).toBe(1);
    expect(made[0]!.payment).toMatchObject({
      status: 'pending',
      amount: { amount: 33_333, currency: 'usd' },
      // 3333.3 rounded half up
      commission: { amount: 3333, currency: 'usd' },
      contractorAmount: { amount: 30_000, currency: 'usd' },
      job: { id: booking.job.id, title: booking.job.title },
      stripePaymentId: expect.stringMatching(/^pi_/),
    });
  });

  test('is not for the contractor, nor for another customer', async () => {
    const booking = await confirmBooking(pair);
    expect(await refusal(pair.contractor.client.call(payments.createIntent, call(booking.id)))).toBe(
      'forbidden',
    );
    expect(await refusal(stranger.customer.client.call(payments.createIntent, call(booking.id)))).toBe(
      'not_found',
    );
  });

  test('takes no amount from the caller', async () => {
    const booking = await confirmBooking(pair);
    const body = { bookingId: booking.id, amount: 1 };
    expect(await refusal(pair.customer.client.call(payments.createIntent, { body } as never))).toBe(
      'validation_failed',
    );
  });
});

test('a payment is shown to its two sides and to nobody else', async () => {
  const { payment } = await pay(pair, await confirmBooking(pair));
  const params = { id: payment.id };
  expect((await pair.customer.client.call(payments.get, { params })).id).toBe(payment.id);
  expect((await pair.contractor.client.call(payments.get, { params })).id).toBe(payment.id);
  for (const other of [stranger.customer, stranger.contractor]) {
    expect(await refusal(other.client.call(payments.get, { params }))).toBe('not_found');
  }
  const body = { paymentId: payment.id };
  expect(await refusal(stranger.customer.client.call(payments.confirm, { body }))).toBe('not_found');
  expect(await refusal(pair.contractor.client.call(payments.confirm, { body }))).toBe('forbidden');
});

test('the history shows each side its payments, filtered, in pages that stay put while new ones come', async () => {
  const own = await createPair(world);
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const { payment } = await own.customer.client.call(
      payments.createIntent,
      call((await confirmBooking(own)).id),
    );
    ids.unshift(payment.id);
  }
  const first = await own.customer.client.call(payments.history, { query: { limit: '2' } });
  await own.customer.client.call(payments.createIntent, call((await confirmBooking(own)).id));
  const seen = [...first.items];
  let page: Page<Payment> = first;
  while (page.nextCursor !== null) {
    page = await own.customer.client.call(payments.history, {
      query: { limit: '2', cursor: page.nextCursor },
    });
    seen.push(...page.items);
  }
  expect(seen.map((one) => one.id)).toEqual(ids);
  const asContractor = await own.contractor.client.call(payments.history, {
    query: { status: 'pending', limit: '100' },
  });
  expect(asContractor.items).toHaveLength(6);
  expect((await own.contractor.client.call(payments.history, { query: { status: 'held' } })).items).toEqual(
    [],
  );
  expect((await stranger.customer.client.call(payments.history, { query: {} })).items).toEqual([]);
});

describe('connect', () => {
  test('makes one account however often it is asked, and leads to the dashboard once nothing is missing', async () => {
    const contractor = await createPerson(world, { role: 'contractor' });
    const links = await Promise.all(
      Array.from({ length: 4 }, () =>
        contractor.client.call(payouts.connect, { body: {} }).catch(() => undefined),
      ),
    );
    const again = await contractor.client.call(payouts.connect, { body: {} });
    const ids = new Set([...links, again].flatMap((link) => link?.account.stripeAccountId ?? []));
    expect(ids.size).toBe(1);
    expect(again).toMatchObject({ account: { state: 'onboarding' }, expiresAt: expect.any(String) });
    await onboard(world, contractor);
    const ready = await contractor.client.call(payouts.connect, { body: {} });
    expect(ready).toMatchObject({ account: { state: 'ready', requirementsDue: [] }, expiresAt: null });
  });
});

describe('withdraw', () => {
  test('needs an account, a key and money', async () => {
    const withdraw = (
      who: Pair,
      body: { currency: 'eur'; amount?: number },
      idempotencyKey = crypto.randomUUID(),
    ) => refusal(who.contractor.client.call(payouts.withdraw, { body, idempotencyKey }));
    expect(await withdraw(stranger, { currency: 'eur' })).toBe('onboarding_required');
    expect(await withdraw(pair, { currency: 'eur' })).toBe('insufficient_funds');
    expect(await withdraw(pair, { currency: 'eur', amount: 0 })).toBe('validation_failed');
    expect(await withdraw(pair, { currency: 'eur', amount: 1.5 })).toBe('validation_failed');
    expect(
      await refusal(pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' } } as never)),
    ).toBe('validation_failed');
    expect(
      await refusal(
        pair.customer.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'x' }),
      ),
    ).toBe('forbidden');
  });

  test('of money that is not settled is refused; a bank that refuses gives it back once and says why', async () => {
    const own = await createPair(world, { isOnboarded: false });
    await onboard(world, own.contractor, '000111111113');
    const booking = await confirmBooking(own);
    await pay(own, booking, 'pm_card_visa');
    await own.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    const body = { currency: 'eur' as const };
    const early = own.contractor.client.call(payouts.withdraw, { body, idempotencyKey: 'early' });
    expect(await refusal(early)).toBe('insufficient_funds');
    await world.advance(3 * 24 * 3_600_000);
    await own.contractor.client.call(payouts.withdraw, { body, idempotencyKey: 'late' });
    await world.settle();
    await world.advance(5 * 24 * 3_600_000);
    const { items } = await own.contractor.client.call(payouts.history, { query: {} });
    expect(items).toMatchObject([
      { status: 'failed', failure: { code: 'account_closed' }, amount: { amount: 40_500 } },
    ]);
    const { balances } = await own.contractor.client.call(payouts.balance);
    expect(balances).toMatchObject([{ available: 40_500, inTransit: 0, withdrawn: 0 }]);
  });
});

describe('the webhook', () => {
  const deliver = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${world.url}/api/webhooks/stripe`, { method: 'POST', body, headers });

  const sign = (body: string, secret: string, at = world.ctx.clock.now()) => {
    const seconds = Math.floor(at.getTime() / 1000);
    return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
  };

  const event = (id: string) =>
    JSON.stringify({ id, object: 'event', type: 'ping', data: { object: { id: 'x' } } });

  test('takes what one of the secrets has signed, byte by byte, and nothing else', async () => {
    const [platform, connected] = world.ctx.config.stripe.webhookSecrets as [string, string];
    const body = event('evt_1');
    expect((await deliver(body, { 'stripe-signature': sign(body, platform) })).status).toBe(200);
    expect((await deliver(body, { 'stripe-signature': sign(body, connected) })).status).toBe(200);
    const old = new Date(world.ctx.clock.now().getTime() - 600_000);
    for (const headers of [
      {},
      { 'stripe-signature': 'nonsense' },
      { 'stripe-signature': sign(body, 'whsec_somebodyelse0000000') },
      { 'stripe-signature': sign(body, platform, old) },
      { 'stripe-signature': sign(`${body} `, platform) },
    ] as Record<string, string>[]) {
      const response = await deliver(body, headers);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid_signature' });
    }
    const stored = await world.ctx.pool.query("select id from stripe_events where id = 'evt_1'");
    expect(stored.rowCount).toBe(1);
  });

  test('refuses rubbish without a 500', async () => {
    const [secret] = world.ctx.config.stripe.webhookSecrets as [string];
    for (const body of ['', '{', 'null', '[]', '"x"', '{}', '{"id":1}', '{"id":"evt_2","type":"ping"}']) {
      const response = await deliver(body, {
        'stripe-signature': sign(body, secret),
        'content-type': 'text/plain',
      });
      expect(response.status, body).toBe(400);
    }
    const large = 'x'.repeat(600 * 1024);
    expect((await deliver(large, { 'stripe-signature': sign(large, secret) })).status).toBe(413);
  });
});
