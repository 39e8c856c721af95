import { admin, adminMoney, bookings, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postJob } from '../../test/jobs.ts';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  confirmBooking,
  createPair,
  earn,
  type MoneyWorld,
  onboard,
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
let heidi: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
  heidi = await createPerson(world, { role: 'admin' });
});
afterEach(async () => {
  await world.settle();
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});

const ledger = (paymentId: string) => ledgerText(world, { paymentIds: [paymentId] });
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

/** Everything that is available, and it has arrived at the bank. */
async function withdrawAll() {
  await withdraw();
  await world.settle();
  await world.advance(5 * dayMs);
}

/** A paid booking whose wished day begins so many hours from now, where the customer is. */
async function bookedFor(hoursFromNow: number) {
  const wishedDate = new Date(world.ctx.clock.now().getTime() + hoursFromNow * hourMs)
    .toISOString()
    .slice(0, 10);
  const job = await postJob(pair.customer, { budget: { amount: 45_000, currency: 'eur' }, wishedDate });
  const invited = await pair.customer.client.call(bookings.create, {
    body: { jobId: job.id, contractorId: pair.contractor.id },
  });
  const booking = await pair.contractor.client.call(bookings.confirm, { params: { id: invited.id } });
  const { payment } = await pay(pair, booking);
  await world.settle();
  return { booking, payment };
}

describe('cancelling after payment', () => {
  test('in time gives everything back', async () => {
    const { booking, payment } = await bookedFor(10 * 24);
    expect(booking.cancellation.lateFee).toEqual({ amount: 9000, currency: 'eur' });
    expect(new Date(booking.cancellation.freeUntil!) > world.ctx.clock.now()).toBe(true);
    await cancel(pair.customer, booking.id);
    await world.settle();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunded: { amount: 45_000 },
      commission: { amount: 0 },
      refunds: [{ cause: 'cancellation', status: 'succeeded', amount: { amount: 45_000 } }],
    });
  });

  test('late costs the customer the fee: it goes to the contractor, with the commission on it alone', async () => {
    const { booking, payment } = await bookedFor(10 * 24);
    const untilLateMs = Date.parse(booking.cancellation.freeUntil!) - world.ctx.clock.now().getTime();
    await world.advance(untilLateMs);
    await cancel(pair.customer, booking.id);
    await world.settle();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'released',
      amount: { amount: 45_000 },
      refunded: { amount: 36_000 },
      commission: { amount: 900 },
      contractorAmount: { amount: 8100 },
    });
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      refund-owed: escrow +36000, refund_payable -36000
      refund-sent: refund_payable +36000, platform_stripe -36000
      release: escrow +9000, commission -900, contractor_balance -8100, connected_stripe +8100, platform_stripe -8100
      = commission -900, connected_stripe +8100, contractor_balance -8100, escrow 0, platform_stripe -435, refund_payable 0, stripe_fees +1335`);
  });

  test('late by the contractor gives everything back all the same', async () => {
    const { booking, payment } = await bookedFor(10 * 24);
    await world.advance(Date.parse(booking.cancellation.freeUntil!) - world.ctx.clock.now().getTime());
    await cancel(pair.contractor, booking.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });

  test('keeps to the terms of the confirmation, whatever the job says later', async () => {
    const { booking } = await bookedFor(10 * 24);
    const again = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
    expect(again.cancellation).toEqual(booking.cancellation);
    const free = await confirmBooking(pair);
    expect(free.cancellation).toEqual({ freeUntil: null, lateFee: { amount: 0, currency: 'eur' } });
  });
});

describe('a refund that the bank sends back', () => {
  async function failed() {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking, 'pm_card_refundFail');
    await world.settle();
    await cancel(pair.contractor, booking.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    await world.advance(dayMs + minuteMs);
    const [one] = (await readPayment(pair, payment.id)).refunds;
    return { payment, refundId: one!.id };
  }

  test('is visible, the money is held again and owed, and nobody else gets it', async () => {
    const { payment, refundId } = await failed();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'held',
      refundedAt: null,
      refunds: [{ status: 'failed', failure: { code: 'expired_or_canceled_card' } }],
    });
    expect(await ledger(payment.id)).toContain(
      'refund-returned: platform_stripe +45000, refund_payable -45000',
    );
    const { items } = await grace.client.call(adminMoney.listRefunds, { query: { status: 'failed' } });
    expect(items.map(({ id }) => id)).toContain(refundId);
    expect((await problemOf(refund(payment.id))).code).toBe('conflict');
    expect((await balance(pair.contractor))?.held ?? 0).toBe(0);
  });

  test('can be sent again, as another refund at Stripe', async () => {
    const { payment, refundId } = await failed();
    await grace.client.call(adminMoney.retryRefund, { params: { id: refundId } });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    const made = await world.ctx.stripe.refunds.list({ payment_intent: payment.stripePaymentId! });
    expect(made.data.map(({ status }) => status).sort()).toEqual(['failed', 'succeeded']);
    expect(
      (await problemOf(grace.client.call(adminMoney.retryRefund, { params: { id: refundId } }))).code,
    ).toBe('conflict');
  });

  test('can be paid otherwise, once', async () => {
    const { payment, refundId } = await failed();
    const settle = () =>
      grace.client.call(adminMoney.settleRefund, { params: { id: refundId }, body: { note: 'Bank, HF-1.' } });
    expect((await settle()).status).toBe('paid_otherwise');
    expect((await problemOf(settle())).code).toBe('conflict');
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    expect(await ledger(payment.id)).toContain(
      'refund-paid-otherwise: refund_payable +45000, paid_outside -45000',
    );
  });
});

test('a refund that the bank works on is pending until it has succeeded, and books its money once', async () => {
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking, 'pm_card_pendingRefund');
  await world.settle();
  await cancel(pair.contractor, booking.id);
  await world.settle();
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'held',
    refunds: [{ status: 'pending' }],
  });
  await world.advance(dayMs + minuteMs);
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  expect((await ledger(payment.id)).match(/refund-sent/g)).toHaveLength(1);
});

describe('an admin refunds held money', () => {
  test('in part: the rest stays held, and the commission is that of the rest', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await world.settle();
    const answer = await refund(payment.id, 5001);
    expect(answer).toMatchObject({ approval: null, payment: { status: 'held', refunded: { amount: 5001 } } });
    await world.settle();
    await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    // 39,999 at 10 %: 3,999.9 rounds up.
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'released',
      commission: { amount: 4000 },
      contractorAmount: { amount: 35_999 },
    });
    const { items } = await grace.client.call(admin.listActions, { query: { subject: payment.id } });
    expect(items[0]).toMatchObject({ action: 'payment.refund', details: { amountMinor: 5001 } });
  });

  test('in full: the booking is over', async () => {
    const booking = await confirmBooking(pair, { amount: 20_000, currency: 'eur' });
    const { payment } = await pay(pair, booking);
    await world.settle();
    await refund(payment.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    const ended = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'platform' });
  });

  test('above the limit only when another admin approves it', async () => {
    const booking = await confirmBooking(pair, { amount: 90_000, currency: 'eur' });
    const { payment } = await pay(pair, booking);
    await world.settle();
    const { approval } = await refund(payment.id);
    expect(approval).toMatchObject({ action: 'payment.refund', status: 'pending' });
    expect((await readPayment(pair, payment.id)).refunded.amount).toBe(0);
    const approve = (person: Person) => person.client.call(admin.approve, { params: { id: approval!.id } });
    expect((await problemOf(approve(grace))).code).toBe('forbidden');
    await approve(heidi);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    expect((await problemOf(approve(heidi))).code).toBe('conflict');
  });

  test('never more than is left, nor what cannot be paid out, nor what is not there', async () => {
    const booking = await confirmBooking(pair);
    const { payment } = await pay(pair, booking);
    await world.settle();
    expect((await problemOf(refund(payment.id, 45_001))).code).toBe('validation_failed');
    await refund(payment.id, 45_000);
    expect((await problemOf(refund(payment.id, 1))).code).toBe('conflict');
    expect((await problemOf(refund(newId('pay')))).code).toBe('not_found');
    const forint = await pay(pair, await confirmBooking(pair, { amount: 500_000, currency: 'huf' }));
    expect((await problemOf(refund(forint.payment.id, 150))).code).toBe('validation_failed');
  });
});

describe('an admin refunds released money', () => {
  test('takes the share of the contractor back before the customer gets it', async () => {
    const payment = await earn(world, pair);
    await refund(payment.id, 15_000);
    await world.settle();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'released',
      refunded: { amount: 15_000 },
      commission: { amount: 3000 },
      contractorAmount: { amount: 27_000 },
    });
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      release: escrow +45000, commission -4500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500
      refund-owed: commission +1500, contractor_balance +13500, refund_payable -15000
      reversal: platform_stripe +13500, connected_stripe -13500
      refund-sent: refund_payable +15000, platform_stripe -15000
      = commission -3000, connected_stripe +27000, contractor_balance -27000, escrow 0, platform_stripe +1665, refund_payable 0, stripe_fees +1335`);
    expect(await balance(pair.contractor)).toMatchObject({ available: 27_000 });
    await refund(payment.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    expect(await balance(pair.contractor)).toMatchObject({ available: 0 });
  });

  test('of what was withdrawn makes a debt that the next releases pay, and no more', async () => {
    const payment = await earn(world, pair);
    await withdrawAll();
    expect((await readPayment(pair, payment.id)).status).toBe('withdrawn');
    await refund(payment.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    const debts = await grace.client.call(adminMoney.listDebts);
    expect(debts.items).toContainEqual({
      contractor: { id: pair.contractor.id, name: pair.contractor.name },
      debt: { amount: 40_500, currency: 'eur' },
    });
    const next = await earn(world, pair, { amount: 30_000, currency: 'eur' });
    // What went to the bank before now counts for this one.
    expect(next.status).toBe('withdrawn');
    expect(await ledger(next.id)).toContain(
      'release: escrow +30000, commission -3000, contractor_debt -27000',
    );
    expect(await balance(pair.contractor)).toMatchObject({ available: 0, pending: 0 });
    await earn(world, pair, { amount: 30_000, currency: 'eur' });
    expect(await balance(pair.contractor)).toMatchObject({ available: 13_500 });
    expect((await withdraw()).amount.amount).toBe(13_500);
  });

  test('a debt can be given up, in part, and never more than it is', async () => {
    const payment = await earn(world, pair);
    await withdrawAll();
    await refund(payment.id);
    const forgive = (amount: number) =>
      grace.client.call(adminMoney.forgiveDebt, {
        params: { id: pair.contractor.id },
        body: { currency: 'eur', amount, reason: 'Our mistake.' },
        idempotencyKey: newId('key'),
      });
    expect((await forgive(40_000)).debt.amount).toBe(500);
    expect((await problemOf(forgive(501))).code).toBe('validation_failed');
    const next = await earn(world, pair, { amount: 10_000, currency: 'eur' });
    expect(await balance(pair.contractor)).toMatchObject({ available: 8500, debt: 0 });
    expect(next.status).toBe('released');
  });

  test('does not wait for money that has not settled, and keeps it from being withdrawn', async () => {
    const settled = await earn(world, pair, { amount: 20_000, currency: 'eur' });
    await withdrawAll();
    const settling = await earn(world, pair, { amount: 20_000, currency: 'eur' }, 'pm_card_visa');
    await refund(settled.id);
    await world.settle();
    expect((await readPayment(pair, settled.id)).status).toBe('refunded');
    expect(await balance(pair.contractor)).toMatchObject({ available: 0, pending: 0 });
    await world.advance(5 * dayMs);
    expect(await balance(pair.contractor)).toMatchObject({ available: 0, pending: 0 });
    expect((await problemOf(withdraw(1))).code).toBe('insufficient_funds');
    expect((await readPayment(pair, settling.id)).status).toBe('withdrawn');
  });

  test('once per request, also when the process died before it could keep the answer', async () => {
    const payment = await earn(world, pair);
    const idempotencyKey = newId('key');
    const ask = () =>
      grace.client.call(adminMoney.refundPayment, {
        params: { id: payment.id },
        body: { amount: 1000, reason: 'Agreed.' },
        idempotencyKey,
      });
    await ask();
    await world.ctx.pool.query('delete from idempotency_keys');
    expect((await ask()).payment.refunded.amount).toBe(1000);
  });

  test('whose money lies at an account that was closed and left makes a debt instead', async () => {
    const first = await earn(world, pair, { amount: 20_000, currency: 'eur' });
    await withdrawAll();
    // What they have now has not settled, so it cannot be taken back before they leave with it.
    await earn(world, pair, { amount: 20_000, currency: 'eur' }, 'pm_card_visa');
    await refund(first.id);
    await world.settle();
    const { account } = await pair.contractor.client.call(payouts.balance);
    await world.sandbox.control.deauthorizeAccount(account.stripeAccountId!);
    await world.settle();
    await onboard(world, pair.contractor);
    expect((await readPayment(pair, first.id)).status).toBe('refunded');
    expect(await balance(pair.contractor)).toMatchObject({ available: 0, debt: 18_000 });
    const next = await earn(world, pair, { amount: 30_000, currency: 'eur' });
    expect(await balance(pair.contractor)).toMatchObject({ available: 9000, debt: 0 });
    await refund(next.id, 10_000);
    await world.settle();
    expect(await balance(pair.contractor)).toMatchObject({ available: 0, debt: 0 });
  });

  for (const fault of [
    { kind: '500', when: 'before' },
    { kind: '500', when: 'after' },
    { kind: 'reset', when: 'before' },
    { kind: 'reset', when: 'after' },
  ] as const)
    test(`takes back and refunds once although Stripe answers with ${fault.kind} ${fault.when} execution`, async () => {
      const payment = await earn(world, pair);
      await world.sandbox.control.injectFault({
        method: 'POST',
        path: '/v1/transfers/*/reversals',
        times: 2,
        ...fault,
      });
      await world.sandbox.control.injectFault({ method: 'POST', path: '/v1/refunds', times: 2, ...fault });
      await refund(payment.id);
      for (let attempt = 0; attempt < 6; attempt += 1) await world.retryTasks();
      expect((await readPayment(pair, payment.id)).status).toBe('refunded');
      const [transfer] = (await world.ctx.stripe.transfers.list({ transfer_group: payment.id })).data;
      expect(transfer!.amount_reversed).toBe(40_500);
    });
});
