import {
  accounts,
  adminMoney,
  applications,
  bookings,
  contractors,
  disputes,
  payments,
  payouts,
  reviews,
} from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../src/clock.ts';
import { newId } from '../../src/ids.ts';
import { fundBooking, openCase, say } from '../disputed.ts';
import { applyFor, postJob, requestBooking } from '../jobs.ts';
import {
  confirmBooking,
  createPair,
  earn,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';
import { addDevice } from '../parcels.ts';
import { createPerson, forgetRateLimits, newestCode, type Person } from '../people.ts';
import { listOf, toldTo } from '../told.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
/** Somebody whom nothing of all this concerns. */
let stranger: Person;

beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  world.fcm.clear();
  world.mailbox.clear();
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
  stranger = await createPerson(world, { role: 'contractor' });
});

type Told = { customer?: string[]; contractor?: string[]; admin?: string[] };

/** What everybody was told since the last time, oldest first; the stranger nothing. */
async function told(): Promise<Told> {
  await world.settle();
  const answer: Told = {};
  for (const [name, person] of [
    ['customer', pair.customer],
    ['contractor', pair.contractor],
    ['admin', grace],
  ] as const) {
    const types = await toldTo(person);
    const fresh = types.slice(seen.get(person.id) ?? 0);
    seen.set(person.id, types.length);
    if (fresh.length > 0) answer[name] = fresh;
  }
  expect(await toldTo(stranger)).toEqual([]);
  return answer;
}
const seen = new Map<string, number>();

const asCustomer = () => pair.customer.client;
const asContractor = () => pair.contractor.client;

describe('the main job', () => {
  test('tells the right one of the two at every step, in the list, the mailbox and on the phone', async () => {
    await addDevice(pair.customer);
    await addDevice(pair.contractor);
    await addDevice(stranger);
    await asContractor().call(contractors.saveProfile, {
      body: {
        headline: 'Walls and ceilings',
        bio: 'Twenty years.',
        categories: ['painting'],
        skills: [],
        serviceCentre: { lat: 48.2082, lng: 16.3738 },
        serviceRadiusKm: 20,
        hourlyRate: null,
      },
    });
    const job = await postJob(pair.customer);
    expect(await told()).toEqual({ contractor: ['job.posted'] });
    const application = await applyFor(pair.contractor, job);
    expect(await told()).toEqual({ customer: ['application.received'] });
    const booking = await asCustomer().call(bookings.create, { body: { applicationId: application.id } });
    expect(await told()).toEqual({ contractor: ['booking.requested'] });
    const params = { id: booking.id };
    await asContractor().call(bookings.confirm, { params });
    expect(await told()).toEqual({ customer: ['booking.confirmed'] });
    await pay(pair, booking);
    expect(await told()).toEqual({ customer: ['payment.received'], contractor: ['payment.received'] });
    await asContractor().call(bookings.deliver, { params, body: { note: 'Two coats, all dry.' } });
    expect(await told()).toEqual({ customer: ['booking.delivered'] });
    await asCustomer().call(bookings.complete, { params: { id: job.id } });
    expect(await told()).toEqual({ contractor: ['booking.completed', 'payment.released'] });
    for (const [one, other] of [
      [pair.customer, 'contractor'],
      [pair.contractor, 'customer'],
    ] as const) {
      await one.client.call(reviews.submit, { params, body: { rating: 5, text: 'A pleasure.' } });
      expect(await told()).toEqual({ [other]: ['review.submitted'] });
    }
    await world.advance(5 * dayMs);
    await asContractor().call(payouts.withdraw, {
      body: { currency: 'eur' },
      idempotencyKey: newId('key'),
    });
    await world.settle();
    await world.advance(5 * dayMs);
    expect(await told()).toEqual({ contractor: ['payout.paid'] });
    await expectPosted(pair.customer, { unmailed: ['review.submitted'] });
    await expectPosted(pair.contractor, { unmailed: ['job.posted', 'review.submitted'] });
    expect(world.mailbox.messages().filter(({ to }) => to.includes(stranger.email))).toEqual([]);
  });

  /** Every notification of the list was pushed to the person's phone, and mailed where that is the default. */
  async function expectPosted(person: Person, { unmailed }: { unmailed: string[] }): Promise<void> {
    const list = (await listOf(person)).reverse();
    const pushed = world.fcm
      .pushes()
      .filter(({ message }) => list.some(({ id }) => id === message.data?.notificationId))
      .map(({ message }) => message.notification?.title);
    expect(pushed.toSorted()).toEqual(list.map(({ title }) => title).toSorted());
    const mailed = world.mailbox
      .messages()
      .filter(({ to }) => to.includes(person.email))
      .map(({ subject }) => subject);
    const expected = list.filter(({ type }) => !unmailed.includes(type)).map(({ title }) => title);
    expect(mailed.toSorted()).toEqual(expected.toSorted());
  }
});

describe('bookings that come to nothing', () => {
  test('declined: the customer', async () => {
    const booking = await requestBooking(pair.customer, pair.contractor);
    await told();
    await asContractor().call(bookings.decline, { params: { id: booking.id } });
    expect(await told()).toEqual({ customer: ['booking.declined'] });
  });

  test('expired, not answered or not paid: both', async () => {
    for (const prepare of [
      () => requestBooking(pair.customer, pair.contractor),
      () => confirmBooking(pair),
    ]) {
      await prepare();
      await told();
      await world.advance(49 * hourMs);
      expect(await told()).toEqual({ customer: ['booking.expired'], contractor: ['booking.expired'] });
    }
  });

  test('cancelled: the other side, and the customer when the money goes back', async () => {
    const first = await fundBooking(world, pair);
    await told();
    await asContractor().call(bookings.cancel, { params: { id: first.booking.id }, body: {} });
    expect(await told()).toEqual({ customer: ['booking.cancelled', 'payment.refunded'] });
    const second = await fundBooking(world, pair);
    await told();
    await asCustomer().call(bookings.cancel, { params: { id: second.booking.id }, body: {} });
    expect(await told()).toEqual({ customer: ['payment.refunded'], contractor: ['booking.cancelled'] });
  });

  test('completed by the clock: both', async () => {
    const { booking } = await fundBooking(world, pair);
    await asContractor().call(bookings.deliver, { params: { id: booking.id }, body: { note: 'Done.' } });
    await told();
    await world.advance(73 * hourMs);
    expect(await told()).toEqual({
      customer: ['booking.completed'],
      contractor: ['booking.completed', 'payment.released'],
    });
  });
});

describe('money', () => {
  test('that is held for long: both, twice, with the end', async () => {
    await fundBooking(world, pair);
    await told();
    await world.advance(75 * dayMs + minuteMs);
    expect(await told()).toEqual({ customer: ['payment.hold_ending'], contractor: ['payment.hold_ending'] });
    expect((await listOf(pair.customer))[0]!.metadata.deadline).toBeDefined();
    await world.advance(10 * dayMs);
    expect(await told()).toEqual({ customer: ['payment.hold_ending'], contractor: ['payment.hold_ending'] });
  });

  test('that the contractor cannot get: the contractor, once, and of the release then', async () => {
    pair = { ...pair, contractor: await createPerson(world, { role: 'contractor' }) };
    const { booking } = await fundBooking(world, pair);
    await told();
    await asCustomer().call(bookings.complete, { params: { id: booking.job.id } });
    expect(await told()).toEqual({ contractor: ['booking.completed', 'payout.onboarding'] });
    await world.advance(hourMs);
    expect(await told()).toEqual({});
    await onboard(world, pair.contractor);
    expect(await told()).toEqual({ contractor: ['payment.released'] });
  });

  test('account that Stripe begins to want something for: the contractor, once', async () => {
    const { account } = await asContractor().call(payouts.balance);
    await told();
    await world.sandbox.control.changeAccount(account.stripeAccountId!, 'restricted');
    expect(await told()).toEqual({ contractor: ['payout.onboarding'] });
    await asContractor().call(payouts.connect, { body: {} });
    expect(await told()).toEqual({});
  });

  test('that a bank sends back, of a refund: the customer and the admins; of a payout: the contractor', async () => {
    const booking = await confirmBooking(pair);
    await pay(pair, booking, 'pm_card_refundFail');
    await world.settle();
    await asContractor().call(bookings.cancel, { params: { id: booking.id }, body: {} });
    await told();
    await world.advance(dayMs + minuteMs);
    expect(await told()).toEqual({ customer: ['refund.failed'], admin: ['admin.refund_failed'] });
    await earn(world, pair);
    await world.advance(5 * dayMs);
    await told();
    await asContractor().call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: newId('key') });
    await world.settle();
    const { items } = await asContractor().call(payouts.history, { query: {} });
    await world.sandbox.control.failPayout(items[0]!.stripePayoutId!);
    expect(await told()).toEqual({ contractor: ['payout.failed'] });
  });

  test('that a bank questions and decides about: the contractor and the admins', async () => {
    const payment = await earn(world, pair);
    await told();
    const dispute = await world.sandbox.control.openDispute(payment.stripePaymentId!, {});
    expect(await told()).toEqual({ contractor: ['chargeback.opened'], admin: ['admin.chargeback'] });
    await world.sandbox.control.resolveDispute(dispute, 'lost');
    expect(await told()).toEqual({ contractor: ['chargeback.decided'] });
    await world.sandbox.control.overturnDispute(dispute, {});
    expect(await told()).toEqual({ admin: ['admin.chargeback_returned'] });
    const warned = await fundBooking(world, pair);
    await told();
    await world.sandbox.control.warnOfFraud(warned.payment.stripePaymentId!);
    expect(await told()).toEqual({ admin: ['admin.fraud_warning'] });
  });

  test('is told of once, however often Stripe says it and however often the tasks are repeated', async () => {
    const { booking } = await fundBooking(world, pair);
    await asCustomer().call(bookings.complete, { params: { id: booking.job.id } });
    const before = await told();
    await world.ctx.pool.query('update stripe_events set applied_at = null');
    const { rows } = await world.ctx.pool.query('select id from stripe_events');
    for (let time = 0; time < 2; time += 1)
      for (const { id } of rows)
        await world.ctx.pool.query("select graphile_worker.add_job('webhooks.apply', $1)", [
          JSON.stringify({ eventId: id }),
        ]);
    await world.settle();
    await world.ctx.pool.query('update payments set read_at = read_at');
    await world.sweep();
    expect(before).toMatchObject({ customer: expect.arrayContaining(['payment.received']) });
    expect(await told()).toEqual({});
  });
});

describe('disputes', () => {
  test('opened: the other side; answered: who opened; decided: both', async () => {
    const { dispute } = await openCase(world, pair, { by: 'contractor' });
    const opened = await told();
    expect(opened.customer?.at(-1)).toBe('dispute.opened');
    expect(opened.contractor).not.toContain('dispute.opened');
    await say(pair.contractor, dispute.id);
    expect(await told()).toEqual({});
    await say(pair.customer, dispute.id);
    expect(await told()).toEqual({ contractor: ['dispute.answered'] });
    await grace.client.call(disputes.resolve, {
      params: { id: dispute.id },
      body: { decision: 'split', refundAmount: 10_000, note: 'Half of it was done.' },
    });
    const decided = await told();
    expect(decided.customer).toEqual(
      expect.arrayContaining(['booking.completed', 'dispute.decided', 'payment.refunded']),
    );
    expect(decided.contractor).toEqual(
      expect.arrayContaining(['booking.completed', 'dispute.decided', 'payment.released']),
    );
  });

  test('withdrawn: the other side', async () => {
    const { dispute } = await openCase(world, pair);
    await told();
    await asCustomer().call(disputes.withdraw, { params: { id: dispute.id } });
    expect(await told()).toEqual({ contractor: ['dispute.withdrawn'] });
  });
});

describe('the account', () => {
  const login = (userAgent: string) =>
    fetch(`${world.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': userAgent },
      body: JSON.stringify({ email: pair.customer.email, password: pair.customer.password }),
    });

  test('opened on a device that it was not opened on before, by list and mail; not on a known one', async () => {
    const phone = 'Mozilla/5.0 (Android 16; Mobile) Firefox/151.0';
    await login(phone);
    expect(await told()).toEqual({ customer: ['account.signed_in'] });
    expect((await listOf(pair.customer))[0]!.metadata).toEqual({ device: 'Firefox, Android' });
    await login(phone);
    await login('test');
    expect(await told()).toEqual({});
    await login('<b>Click here</b>');
    expect(await told()).toEqual({ customer: ['account.signed_in'] });
    expect((await listOf(pair.customer))[0]!.metadata).toEqual({});
  });

  test('whose password or address was changed; the old address hears of it besides', async () => {
    const currentPassword = pair.customer.password;
    await asCustomer().call(accounts.changePassword, {
      body: { currentPassword, newPassword: 'another battery horse' },
    });
    expect(await told()).toEqual({ customer: ['account.password_changed'] });
    const newEmail = `new-${pair.customer.email}`;
    await asCustomer().call(accounts.changeEmail, {
      body: { currentPassword: 'another battery horse', newEmail },
    });
    await world.settle();
    const code = newestCode(world, newEmail);
    world.mailbox.clear();
    await asCustomer().call(accounts.confirmEmail, { body: { code } });
    expect(await told()).toEqual({ customer: ['account.email_changed'] });
    expect(
      world.mailbox
        .messages()
        .flatMap(({ to }) => to)
        .toSorted(),
    ).toEqual([pair.customer.email, newEmail].toSorted());
  });

  test('that is registered hears nothing of its own beginning', async () => {
    const email = `fresh-${newId('x').slice(-8).toLowerCase()}@example.org`;
    const { userId } = await world.client.call(accounts.register, {
      body: { role: 'customer', email, password: 'correct horse battery', name: 'Fresh', timeZone: 'UTC' },
    });
    await world.settle();
    const { accessToken } = await world.client.call(accounts.verifyEmail, {
      body: { userId, code: newestCode(world, email) },
    });
    expect(await toldTo({ ...stranger, client: world.client.as(accessToken) })).toEqual([]);
  });

  test('that is deleted leaves nothing behind of what it was told', async () => {
    await login('Mozilla/5.0 Firefox/151.0');
    await world.settle();
    await asCustomer().call(accounts.deleteMe, { body: { currentPassword: pair.customer.password } });
    await world.settle();
    for (const table of ['notifications', 'notification_deliveries', 'notification_preferences']) {
      const { rows } = await world.ctx.pool.query(`select from ${table} where user_id = $1`, [
        pair.customer.id,
      ]);
      expect(rows, table).toEqual([]);
    }
  });
});

test('applying again after withdrawing is told again, and settling by an admin is told by what it does', async () => {
  const job = await postJob(pair.customer);
  const application = await applyFor(pair.contractor, job);
  await asContractor().call(applications.withdraw, { params: { id: application.id } });
  await world.advance(minuteMs);
  await applyFor(pair.contractor, job);
  expect(await told()).toEqual({ customer: ['application.received', 'application.received'] });
  const { payment } = await fundBooking(world, pair);
  await told();
  await grace.client.call(adminMoney.refundPayment, {
    params: { id: payment.id },
    body: { amount: payment.amount.amount, reason: 'It was agreed.' },
    idempotencyKey: newId('key'),
  });
  const after = await told();
  expect(after.customer).toEqual(expect.arrayContaining(['booking.cancelled', 'payment.refunded']));
  expect(after.contractor).toEqual(['booking.cancelled']);
  expect((await pair.customer.client.call(payments.get, { params: { id: payment.id } })).status).toBe(
    'refunded',
  );
});
