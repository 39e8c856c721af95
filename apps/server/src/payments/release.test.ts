import { bookings, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  confirmBooking,
  createPair,
  earn,
  loseWebhooks,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { forgetRateLimits } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { catchUpFees, catchUpReleases } from './payments.ts';

const minuteMs = 60_000;

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

const complete = (jobId: string) => pair.customer.client.call(bookings.complete, { params: { id: jobId } });
const ledger = (paymentId: string) => ledgerText(world, { paymentIds: [paymentId] });
const transfersOf = async (paymentId: string) =>
  (await world.ctx.stripe.transfers.list({ transfer_group: paymentId })).data;

describe('completing a job', () => {
  test('transfers all but the commission, tied to the charge, and books where each part went', async () => {
    const payment = await earn(world, pair);
    expect(payment).toMatchObject({
      status: 'released',
      commission: { amount: 4500 },
      contractorAmount: { amount: 40_500 },
      releaseWaitsFor: null,
    });
    const [transfer, ...others] = await transfersOf(payment.id);
    expect(others).toEqual([]);
    expect(transfer).toMatchObject({ amount: 40_500, currency: 'eur', metadata: { payment_id: payment.id } });
    expect(transfer!.source_transaction).toMatch(/^ch_/);
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      release: escrow +45000, commission -4500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500
      = commission -4500, connected_stripe +40500, contractor_balance -40500, escrow 0, platform_stripe +3165, stripe_fees +1335`);
  });

  test('of small money in whole units leaves nothing over', async () => {
    const yen = await earn(world, pair, { amount: 55, currency: 'jpy' });
    expect(await ledger(yen.id)).toContain('commission -6, contractor_balance -49');
    const forint = await earn(world, pair, { amount: 17_500, currency: 'huf' });
    expect(await ledger(forint.id)).toContain('commission -1800, contractor_balance -15700');
    const dinar = await earn(world, pair, { amount: 250, currency: 'kwd' });
    expect(await ledger(dinar.id)).toContain('commission -30, contractor_balance -220');
  });

  test('again and again releases once', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await Promise.all([complete(booking.job.id), complete(booking.job.id), complete(booking.job.id)]);
    await Promise.all([world.drain(), world.drain()]);
    await world.settle();
    await complete(booking.job.id);
    await world.settle();
    expect(await transfersOf(payment.id)).toHaveLength(1);
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });
});

describe('a contractor who is not onboarded', () => {
  test('is waited for in plain view, and paid by the webhook of the account alone', async () => {
    pair = await createPair(world, { isOnboarded: false });
    const waiting = await earn(world, pair);
    expect(waiting).toMatchObject({ status: 'held', releaseWaitsFor: 'contractor_onboarding' });
    expect(waiting.releaseRequestedAt).not.toBeNull();
    const { balances } = await pair.contractor.client.call(payouts.balance);
    expect(balances).toMatchObject([{ held: 0, releasable: 40_500, available: 0 }]);
    await onboard(world, pair.contractor);
    expect(await readPayment(pair, waiting.id)).toMatchObject({ status: 'released', releaseWaitsFor: null });
    expect(await transfersOf(waiting.id)).toHaveLength(1);
  });

  test('is paid by the sweep when every webhook is lost', async () => {
    pair = await createPair(world, { isOnboarded: false });
    const one = await earn(world, pair);
    const other = await earn(world, pair, { amount: 1000, currency: 'usd' });
    const { account } = await pair.contractor.client.call(payouts.connect, { body: {} });
    await world.settle();
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.completeOnboarding(account.stripeAccountId!);
    await loseWebhooks(world);
    await world.settle();
    expect((await readPayment(pair, one.id)).status).toBe('held');
    await world.advance(11 * minuteMs);
    expect((await readPayment(pair, one.id)).status).toBe('released');
    expect((await readPayment(pair, other.id)).status).toBe('released');
  });

  test('who lost the ability without our knowing is waited for after Stripe has refused', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    const { account } = await pair.contractor.client.call(payouts.balance);
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.changeAccount(account.stripeAccountId!, 'restricted');
    await loseWebhooks(world);
    await complete(booking.job.id);
    await world.settle();
    await world.retryTasks();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'held',
      releaseWaitsFor: 'contractor_onboarding',
    });
    await world.sandbox.control.completeOnboarding(account.stripeAccountId!);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
    expect(await transfersOf(payment.id)).toHaveLength(1);
  });
});

describe('cancelling an active booking', () => {
  const cancel = (id: string) => pair.contractor.client.call(bookings.cancel, { params: { id }, body: {} });

  test('gives everything back: the customer all, the platform the fee to bear', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await world.settle();
    await cancel(booking.id);
    expect((await readPayment(pair, payment.id)).refundRequestedAt).not.toBeNull();
    await world.settle();
    const refunded = await readPayment(pair, payment.id);
    expect(refunded.status).toBe('refunded');
    expect(refunded.refundedAt).not.toBeNull();
    const refunds = await world.ctx.stripe.refunds.list({ payment_intent: payment.stripePaymentId! });
    expect(refunds.data.map((one) => one.amount)).toEqual([45_000]);
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      refund-owed: escrow +45000, refund_payable -45000
      refund-sent: refund_payable +45000, platform_stripe -45000
      = escrow 0, platform_stripe -1335, refund_payable 0, stripe_fees +1335`);
  });

  test('and completing exclude each other also when they come one after the other', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await cancel(booking.id);
    expect((await problemOf(complete(booking.job.id))).code).toBe('conflict');
    expect((await problemOf(cancel(booking.id))).code).toBe('conflict');
    await world.settle();
    expect((await problemOf(complete(booking.job.id))).code).toBe('conflict');
    expect(await transfersOf(payment.id)).toEqual([]);
    const released = await earn(world, pair);
    expect((await problemOf(cancel(released.bookingId))).code).toBe('conflict');
    const refunds = await world.ctx.stripe.refunds.list({ payment_intent: released.stripePaymentId! });
    expect(refunds.data).toEqual([]);
  });

  for (const fault of [
    { kind: '500', when: 'before' },
    { kind: '500', when: 'after' },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'after' },
    { kind: '429', when: 'before' },
  ] as const)
    test(`refunds once although Stripe answers with ${fault.kind} ${fault.when} execution`, async () => {
      const booking = await confirmBooking(pair);
      const { payment } = await pay(pair, booking);
      await world.settle();
      await world.sandbox.control.injectFault({ method: 'POST', path: '/v1/refunds', times: 3, ...fault });
      await cancel(booking.id);
      await world.settle();
      for (let attempt = 0; attempt < 3; attempt += 1) await world.retryTasks();
      expect((await readPayment(pair, payment.id)).status).toBe('refunded');
      const refunds = await world.ctx.stripe.refunds.list({ payment_intent: payment.stripePaymentId! });
      expect(refunds.data).toHaveLength(1);
    });
});

describe('the sweeps', () => {
  test('send what a task has given up: a release and a refund', async () => {
    const [one, other] = [await confirmBooking(pair), await confirmBooking(pair)];
    const released = await pay(pair, one);
    const refunded = await pay(pair, other);
    await world.settle();
    await complete(one.job.id);
    await pair.customer.client.call(bookings.cancel, { params: { id: other.id }, body: {} });
    await world.ctx.pool.query('delete from graphile_worker._private_jobs');
    await world.advance(5 * minuteMs);
    expect((await readPayment(pair, released.payment.id)).status).toBe('held');
    await world.advance(6 * minuteMs);
    expect((await readPayment(pair, released.payment.id)).status).toBe('released');
    expect((await readPayment(pair, refunded.payment.id)).status).toBe('refunded');
  });

  test('book every fee, also when one of them can never be booked', async () => {
    const charges = world.ctx.stripe.charges;
    const original = charges.retrieve;
    const broken = await pay(pair, await confirmBooking(pair));
    const fine = await pay(pair, await confirmBooking(pair));
    // Their tasks and webhooks are lost, and the first charge has settled in another currency.
    await world.sandbox.control.settled();
    await world.ctx.pool.query('delete from graphile_worker._private_jobs');
    charges.retrieve = (async (...parameters: [string]) => {
      const charge = await original.apply(charges, parameters);
      const settled = charge.balance_transaction as { currency: string };
      if (charge.payment_intent === broken.payment.stripePaymentId) settled.currency = 'usd';
      return charge;
    }) as never;
    await world.sandbox.clock.advance(2 * minuteMs);
    const level = world.ctx.log.level;
    world.ctx.log.level = 'silent';
    await catchUpFees(world.ctx);
    world.ctx.log.level = level;
    expect(await ledger(broken.payment.id)).not.toContain('fee');
    expect(await ledger(fine.payment.id)).toContain('fee: stripe_fees +1335');
    charges.retrieve = original;
    await world.sandbox.clock.advance(2 * minuteMs);
    await catchUpFees(world.ctx);
    expect(await ledger(broken.payment.id)).toContain('fee: stripe_fees +1335');
    await world.settle();
  });
});

test('after all of it everything adds up', async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});

test('the sweeps pay whoever can be paid, also when another account is closed at Stripe', async () => {
  const closed = await createPair(world, { isOnboarded: false });
  const { account } = await closed.contractor.client.call(payouts.connect, { body: {} });
  const stuck = await earn(world, closed);
  await world.ctx.stripe.accounts.del(account.stripeAccountId!);
  pair = await createPair(world, { isOnboarded: false });
  const waiting = await earn(world, pair);
  const begun = await pair.contractor.client.call(payouts.connect, { body: {} });
  await world.settle();
  await world.sandbox.control.holdWebhooks();
  await world.sandbox.control.completeOnboarding(begun.account.stripeAccountId!);
  await loseWebhooks(world);
  await world.sandbox.clock.advance(11 * minuteMs);
  await catchUpReleases(world.ctx);
  await world.settle();
  expect((await readPayment(pair, waiting.id)).status).toBe('released');
  expect((await readPayment(closed, stuck.id)).releaseWaitsFor).toBe('contractor_onboarding');
});
