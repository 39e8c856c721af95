import {
  amountStepMinor,
  type Booking,
  bookings,
  currencies,
  maximumChargeMinor,
  minimumChargeMinor,
  Price,
  payments,
} from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { minuteMs } from '../clock.ts';
import { newId } from '../ids.ts';

let world: MoneyWorld;
let pair: Pair;
let stranger: Person;
let admin: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
  stranger = await createPerson(world, { role: 'customer' });
  admin = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const createIntent = (person: Person, bookingId: string, idempotencyKey?: string) =>
  person.client.call(payments.createIntent, {
    body: { bookingId },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
const post = (path: string, body: unknown, person: Person = pair.customer) =>
  fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.accessToken}` },
    body: JSON.stringify(body),
  });
async function expectFields(response: Response, ...paths: string[]): Promise<void> {
  const problem = (await response.json()) as { code: string; errors: { path: string }[] };
  expect(problem).toMatchObject({ status: 400, code: 'validation_failed' });
  expect(problem.errors.map((one) => one.path)).toEqual(paths);
}

describe('create-intent', () => {
  test('makes the payment with the amount of the booking and the commission of today', async () => {
    const booking = await confirmBooking(pair, { amount: 12_345, currency: 'usd' });
    const answer = await createIntent(pair.customer, booking.id);
    expect(answer.payment).toMatchObject({
      bookingId: booking.id,
      job: { id: booking.job.id },
      customer: { id: pair.customer.id },
      contractor: { id: pair.contractor.id },
      status: 'pending',
      stripeStatus: 'requires_payment_method',
      amount: { amount: 12_345, currency: 'usd' },
      commission: { amount: 1235, currency: 'usd' },
      contractorAmount: { amount: 11_110, currency: 'usd' },
    });
    expect(answer.clientSecret).toMatch(new RegExp(`^${answer.payment.stripePaymentId}_secret_`));
    expect(answer.publishableKey).toMatch(/^pk_test_/);
    const intent = await world.ctx.stripe.paymentIntents.retrieve(answer.payment.stripePaymentId!);
    expect(intent).toMatchObject({ amount: 12_345, currency: 'usd', transfer_group: answer.payment.id });
  });

  test('asked ten times, eight of them at once, makes one payment, one intent and one customer', async () => {
    const fresh = { ...pair, customer: await createPerson(world, { role: 'customer' }) };
    const booking = await confirmBooking(fresh);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => createIntent(fresh.customer, booking.id)),
    );
    answers.push(await createIntent(fresh.customer, booking.id));
    answers.push(await createIntent(fresh.customer, booking.id));
    expect(new Set(answers.map((one) => `${one.payment.id} ${one.clientSecret}`)).size).toBe(1);
    const { email } = fresh.customer;
    const customers = await world.ctx.stripe.customers.list({ email });
    expect(customers.data).toHaveLength(1);
    const intents = await world.ctx.stripe.paymentIntents.list({ customer: customers.data[0]!.id });
    expect(intents.data).toHaveLength(1);
  });

  test('keeps the commission that was agreed on when the percentage changes afterwards', async () => {
    const booking = await confirmBooking(pair);
    await createIntent(pair.customer, booking.id);
    const before = world.ctx.config.commissionBasisPoints;
    world.ctx.config.commissionBasisPoints = 2000;
    const again = await createIntent(pair.customer, booking.id);
    world.ctx.config.commissionBasisPoints = before;
    expect(again.payment.commission.amount).toBe(4500);
  });

  test('with an idempotency key gives the first answer again, and refuses it for another booking', async () => {
    const [one, other] = [await confirmBooking(pair), await confirmBooking(pair)];
    const first = await createIntent(pair.customer, one.id, 'intent-key');
    expect(await createIntent(pair.customer, one.id, 'intent-key')).toEqual(first);
    expect(await problemOf(createIntent(pair.customer, other.id, 'intent-key'))).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    });
  });

  test('names what is wrong with its body, an amount among it', async () => {
    const path = '/api/payments/create-intent';
    await expectFields(await post(path, {}), 'body.bookingId');
    await expectFields(await post(path, { bookingId: 5 }), 'body.bookingId');
    await expectFields(await post(path, { bookingId: 'bkg_1' }), 'body.bookingId');
    await expectFields(await post(path, { bookingId: newId('bkg'), amount: 1 }), 'body.amount');
    await expectFields(await post(path, { bookingId: newId('bkg'), currency: 'usd' }), 'body.currency');
  });

  test('is for the customer of the booking: 401 for nobody, 403 for other roles, 404 for other customers', async () => {
    const booking = await confirmBooking(pair);
    const unknown = world.client.call(payments.createIntent, { body: { bookingId: booking.id } });
    expect((await problemOf(unknown)).status).toBe(401);
    expect((await problemOf(createIntent(pair.contractor, booking.id))).status).toBe(403);
    expect((await problemOf(createIntent(admin, booking.id))).status).toBe(403);
    expect((await problemOf(createIntent(stranger, booking.id))).status).toBe(404);
    expect((await problemOf(createIntent(pair.customer, newId('bkg')))).status).toBe(404);
  });

  test('is a conflict for a booking that is cancelled, paid, or past its time, before any sweep', async () => {
    const cancelled = await confirmBooking(pair);
    await pair.customer.client.call(bookings.cancel, { params: { id: cancelled.id }, body: {} });
    expect((await problemOf(createIntent(pair.customer, cancelled.id))).code).toBe('conflict');
    const paid = await confirmBooking(pair);
    await pay(pair, paid);
    expect((await problemOf(createIntent(pair.customer, paid.id))).code).toBe('conflict');
    const late = await confirmBooking(pair);
    await world.ctx.db
      .updateTable('bookings')
      .set({ pay_by: world.ctx.clock.now() })
      .where('id', '=', late.id)
      .execute();
    expect((await problemOf(createIntent(pair.customer, late.id))).code).toBe('conflict');
  });

  test('that Stripe refuses fails the payment, and the next attempt begins with another', async () => {
    const fresh = { ...pair, customer: await createPerson(world, { role: 'customer' }) };
    const booking = await confirmBooking(fresh);
    const { paymentIntents } = world.ctx.stripe;
    const create = paymentIntents.create;
    // As Stripe refuses an amount that it does not take.
    paymentIntents.create = ((params: { currency: string }, options: object) =>
      create.call(paymentIntents, { ...params, amount: 1 }, options)) as never;
    try {
      expect(await problemOf(createIntent(fresh.customer, booking.id))).toMatchObject({
        status: 502,
        code: 'payment_provider_failed',
      });
    } finally {
      paymentIntents.create = create;
    }
    const failed = await fresh.customer.client.call(payments.history);
    expect(failed.items).toMatchObject([{ status: 'failed', failure: { code: 'amount_too_small' } }]);
    const { payment } = await createIntent(fresh.customer, booking.id);
    expect(payment).toMatchObject({ status: 'pending', stripeStatus: 'requires_payment_method' });
  });

  test('whose customer was deleted at Stripe makes one other, however many at once, and can be paid', async () => {
    const fresh = { ...pair, customer: await createPerson(world, { role: 'customer' }) };
    const { email } = fresh.customer;
    const customers = async () => (await world.ctx.stripe.customers.list({ email })).data;
    await pay(fresh, await confirmBooking(fresh));
    for (let round = 1; round <= 3; round += 1) {
      const [gone] = await customers();
      await world.ctx.stripe.customers.del(gone!.id);
      const [one, other] = [await confirmBooking(fresh), await confirmBooking(fresh)];
      const answers = await Promise.all(
        [one, other, one, other, one].map(({ id }) => createIntent(fresh.customer, id)),
      );
      expect(new Set(answers.map(({ payment }) => payment.id)).size).toBe(2);
      const [made, ...more] = await customers();
      expect(more).toEqual([]);
      expect(made!.id).not.toBe(gone!.id);
      for (const { payment } of answers) {
        const intent = await world.ctx.stripe.paymentIntents.retrieve(payment.stripePaymentId!);
        expect(intent.customer).toBe(made!.id);
      }
      for (const booking of [one, other]) expect((await pay(fresh, booking)).payment.status).toBe('held');
    }
  });

  test('whose other customer came without an answer keeps the one that Stripe has made', async () => {
    const fresh = { ...pair, customer: await createPerson(world, { role: 'customer' }) };
    const { email } = fresh.customer;
    const first = await confirmBooking(fresh);
    await pay(fresh, first);
    const [gone] = (await world.ctx.stripe.customers.list({ email })).data;
    await world.ctx.stripe.customers.del(gone!.id);
    const booking = await confirmBooking(fresh);
    const fault = { method: 'POST', path: '/v1/customers', times: 2, kind: 'reset', when: 'after' } as const;
    await world.sandbox.control.injectFault(fault);
    expect((await problemOf(createIntent(fresh.customer, booking.id))).status).toBe(502);
    await world.advance(3 * minuteMs);
    const { rows } = await world.ctx.pool.query(
      'select number, stripe_customer_id from stripe_customers where user_id = $1',
      [fresh.customer.id],
    );
    const made = (await world.ctx.stripe.customers.list({ email })).data;
    expect(rows).toEqual([{ number: 2, stripe_customer_id: made[0]!.id }]);
    await createIntent(fresh.customer, booking.id);
    expect((await world.ctx.stripe.customers.list({ email })).data).toHaveLength(1);
  });
});

test('every price that the API takes is one that Stripe takes, least and largest of each currency', async () => {
  for (const currency of currencies) {
    const largest = maximumChargeMinor - (maximumChargeMinor % amountStepMinor(currency));
    for (const amount of [minimumChargeMinor[currency], largest]) {
      expect(Price.safeParse({ amount, currency }).success).toBe(true);
      await world.ctx.stripe.paymentIntents.create({ amount, currency });
    }
  }
});

describe('one payment', () => {
  test('is shown to its two sides, and does not exist for anybody else', async () => {
    const { payment } = await createIntent(pair.customer, (await confirmBooking(pair)).id);
    const get = (person: Person, id = payment.id) => person.client.call(payments.get, { params: { id } });
    expect(await get(pair.customer)).toEqual(payment);
    expect(await get(pair.contractor)).toEqual(payment);
    expect((await problemOf(get(stranger))).code).toBe('not_found');
    expect((await problemOf(get(pair.customer, newId('pay')))).code).toBe('not_found');
    expect((await problemOf(get(pair.customer, 'pay_1'))).errors).toMatchObject([{ path: 'params.id' }]);
    expect((await problemOf(world.client.call(payments.get, { params: { id: payment.id } }))).status).toBe(
      401,
    );
  });
});

describe('history', () => {
  let own: Pair;
  let booked: Booking[] = [];
  beforeAll(async () => {
    await forgetRateLimits(world);
    own = await createPair(world);
    booked = [];
    for (let count = 0; count < 5; count += 1) booked.push(await confirmBooking(own));
    for (const booking of booked.slice(0, 3)) await createIntent(own.customer, booking.id);
    for (const booking of booked.slice(3)) await pay(own, booking);
    // All in one moment: the order must hold by the id alone.
    await world.ctx.db
      .updateTable('payments')
      .set({ created_at: world.ctx.clock.now() })
      .where('customer_id', '=', own.customer.id)
      .execute();
  });
  const history = (
    person: Person,
    query: {
      cursor?: string;
      limit?: string;
      status?: 'held' | 'pending' | 'refunded';
      bookingId?: string;
    } = {},
  ) => person.client.call(payments.history, { query });

  test('gives both sides every payment once, in pages that a new one does not disturb', async () => {
    for (const person of [own.customer, own.contractor]) {
      const seen: string[] = [];
      let cursor: string | null = '';
      let pages = 0;
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof history>> = await history(person, {
          limit: '2',
          ...(cursor === '' ? {} : { cursor }),
        });
        seen.push(...page.items.map((item) => item.bookingId));
        cursor = page.nextCursor;
        pages += 1;
        if (pages === 1) await createIntent(own.customer, (await confirmBooking(own)).id);
      }
      expect(seen).toHaveLength(new Set(seen).size);
      expect(booked.map((booking) => booking.id).filter((id) => !seen.includes(id))).toEqual([]);
    }
  });

  test('can be narrowed by status and booking', async () => {
    const held = await history(own.contractor, { status: 'held' });
    expect(held.items.map((item) => item.bookingId).sort()).toEqual(
      booked
        .slice(3)
        .map((booking) => booking.id)
        .sort(),
    );
    expect((await history(own.customer, { status: 'refunded' })).items).toEqual([]);
    const one = await history(own.customer, { bookingId: booked[0]!.id });
    expect(one.items).toHaveLength(1);
    expect((await history(stranger, { bookingId: booked[0]!.id })).items).toEqual([]);
  });

  test('is empty for who has none, and refuses strangers and nonsense by name', async () => {
    expect(await history(stranger)).toEqual({ items: [], nextCursor: null });
    expect((await problemOf(world.client.call(payments.history))).status).toBe(401);
    for (const [query, path] of [
      ['limit=0', 'query.limit'],
      ['limit=101', 'query.limit'],
      ['limit=1e1', 'query.limit'],
      ['cursor=nonsense', 'query.cursor'],
      ['status=paid', 'query.status'],
      ['bookingId=1', 'query.bookingId'],
      ['customer=x', 'query.customer'],
    ])
      await expectFields(
        await fetch(`${world.url}/api/payments/history?${query}`, {
          headers: { authorization: `Bearer ${stranger.accessToken}` },
        }),
        path!,
      );
  });
});
