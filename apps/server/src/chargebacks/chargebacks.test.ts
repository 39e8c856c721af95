import { adminMoney, bookings, payments, payouts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  confirmBooking,
  createPair,
  earn,
  loseWebhooks,
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

const ledger = (paymentId: string) => ledgerText(world, { paymentIds: [paymentId] });
const stripe = () => world.sandbox.control;
const balance = async () =>
  (await pair.contractor.client.call(payouts.balance)).balances.find(({ currency }) => currency === 'eur');
const chargebackOf = async (paymentId: string) =>
  (await grace.client.call(adminMoney.listChargebacks, { query: { paymentId } })).items[0]!;

async function held() {
  const booking = await confirmBooking(pair);
  const { payment } = await pay(pair, booking);
  await world.settle();
  return { booking, payment };
}

async function withdrawAll() {
  await pair.contractor.client.call(payouts.withdraw, {
    body: { currency: 'eur' },
    idempotencyKey: newId('key'),
  });
  await world.settle();
  await world.advance(5 * dayMs);
}

/** The card's bank takes the money of this payment; answers the dispute's id at Stripe. */
async function question(stripePaymentId: string, options: { amount?: number; inquiry?: boolean } = {}) {
  const dispute = await stripe().openDispute(stripePaymentId, options);
  await world.settle();
  return dispute;
}

async function decide(disputeId: string, outcome: 'won' | 'lost' | 'warning_closed') {
  await stripe().resolveDispute(disputeId, outcome);
  await world.settle();
}

describe('a bank questions a payment that is held', () => {
  test('freezes it, and it goes on where it was when the bank decides for us', async () => {
    const { booking, payment } = await held();
    const dispute = await question(payment.stripePaymentId!);
    expect((await readPayment(pair, payment.id)).freezes).toMatchObject([{ cause: 'chargeback' }]);
    const complete = () => pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    expect((await problemOf(complete())).code).toBe('conflict');
    const cancel = pair.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
    expect((await problemOf(cancel)).code).toBe('conflict');
    await decide(dispute, 'won');
    expect((await readPayment(pair, payment.id)).freezes).toEqual([]);
    await complete();
    await world.settle();
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      chargeback-money: chargebacks +45000, stripe_fees +1500, platform_stripe -46500
      chargeback-money: chargebacks -45000, stripe_fees -1500, platform_stripe +46500
      release: escrow +45000, commission -4500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500
      = chargebacks 0, commission -4500, connected_stripe +40500, contractor_balance -40500, escrow 0, platform_stripe +3165, stripe_fees +1335`);
  });

  test('and keeps the money: the payment is refunded, the booking over, the fee the loss of the platform', async () => {
    const { booking, payment } = await held();
    await decide(await question(payment.stripePaymentId!), 'lost');
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunded: { amount: 45_000 },
      commission: { amount: 0 },
      freezes: [],
    });
    const ended = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'platform' });
    expect(await ledger(payment.id)).toContain('chargeback-lost: escrow +45000, chargebacks -45000');
  });

  test('and keeps the money whose release still waits for the contractor: the release is off', async () => {
    pair = await createPair(world, { isOnboarded: false });
    const { booking, payment } = await held();
    await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    expect((await readPayment(pair, payment.id)).releaseWaitsFor).toBe('contractor_onboarding');
    await decide(await question(payment.stripePaymentId!), 'lost');
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      releaseRequestedAt: null,
      releaseWaitsFor: null,
    });
  });

  test('about a part: the rest stays held and can be released', async () => {
    const { booking, payment } = await held();
    await decide(await question(payment.stripePaymentId!, { amount: 15_000 }), 'lost');
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'held',
      refunded: { amount: 15_000 },
      contractorAmount: { amount: 27_000 },
    });
    await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('as an inquiry takes nothing, and ends as if it had not been', async () => {
    const { payment } = await held();
    const dispute = await question(payment.stripePaymentId!, { inquiry: true });
    expect((await chargebackOf(payment.id)).stripeStatus).toBe('warning_needs_response');
    await decide(dispute, 'warning_closed');
    expect(await chargebackOf(payment.id)).toMatchObject({ outcome: 'inquiry_closed' });
    expect(await ledger(payment.id)).not.toContain('chargeback');
  });

  test('as an inquiry that becomes a chargeback is one chargeback', async () => {
    const { payment } = await held();
    const dispute = await question(payment.stripePaymentId!, { inquiry: true });
    await stripe().escalateInquiry(dispute);
    await world.settle();
    await decide(dispute, 'lost');
    const { items } = await grace.client.call(adminMoney.listChargebacks, {
      query: { paymentId: payment.id },
    });
    expect(items).toHaveLength(1);
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });
});

describe('a bank questions a payment that was released', () => {
  test('takes it back from the contractor, and a win transfers it again', async () => {
    const payment = await earn(world, pair);
    const dispute = await question(payment.stripePaymentId!);
    expect(await balance()).toMatchObject({ available: 0, pending: 0 });
    expect((await chargebackOf(payment.id)).takenFromContractor.amount).toBe(40_500);
    await decide(dispute, 'won');
    expect(await balance()).toMatchObject({ available: 40_500 });
    expect(await ledger(payment.id)).toContain(
      'chargeback-restored: chargeback_reserve +40500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500',
    );
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('and keeps it: contractor and platform give up their shares', async () => {
    const payment = await earn(world, pair);
    await decide(await question(payment.stripePaymentId!), 'lost');
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      release: escrow +45000, commission -4500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500
      chargeback-money: chargebacks +45000, stripe_fees +1500, platform_stripe -46500
      chargeback-taken: contractor_balance +40500, chargeback_reserve -40500
      reversal: platform_stripe +40500, connected_stripe -40500
      chargeback-lost: commission +4500, chargeback_reserve +40500, chargebacks -45000
      = chargeback_reserve 0, chargebacks 0, commission 0, connected_stripe 0, contractor_balance 0, escrow 0, platform_stripe -2835, stripe_fees +2835`);
  });

  test('and withdrawn makes a debt, which a win settles before anything is transferred', async () => {
    const payment = await earn(world, pair);
    await withdrawAll();
    const dispute = await question(payment.stripePaymentId!);
    const next = await earn(world, pair, { amount: 10_000, currency: 'eur' });
    expect(next.status).toBe('released');
    expect(await balance()).toMatchObject({ available: 0 });
    await decide(dispute, 'won');
    // 9,000 of the debt had been paid by the next release: that much is transferred, the rest of the debt is gone.
    expect(await balance()).toMatchObject({ available: 9000 });
  });

  test('and withdrawn and lost stays a debt', async () => {
    const payment = await earn(world, pair);
    await withdrawAll();
    await decide(await question(payment.stripePaymentId!), 'lost');
    const { items } = await grace.client.call(adminMoney.listDebts);
    expect(items.find(({ contractor }) => contractor.id === pair.contractor.id)?.debt.amount).toBe(40_500);
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });

  test('after a part was refunded: nobody pays twice', async () => {
    const payment = await earn(world, pair);
    await grace.client.call(adminMoney.refundPayment, {
      params: { id: payment.id },
      body: { amount: 15_000, reason: 'Agreed.' },
      idempotencyKey: newId('key'),
    });
    await world.settle();
    await decide(await question(payment.stripePaymentId!), 'lost');
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunded: { amount: 45_000 },
    });
    expect(await balance()).toMatchObject({ available: 0, pending: 0 });
  });
});

describe('whatever becomes of the webhooks', () => {
  test.each(['inOrder', 'reversed', 'shuffled'] as const)(
    '%s and doubled end in the same state',
    async (order) => {
      const payment = await earn(world, pair);
      await stripe().holdWebhooks();
      const dispute = await stripe().openDispute(payment.stripePaymentId!, {});
      await stripe().resolveDispute(dispute, 'won');
      await stripe().releaseWebhooks({ order, copies: 2 });
      await world.settle();
      expect(await balance()).toMatchObject({ available: 40_500 });
      expect((await chargebackOf(payment.id)).outcome).toBe('won');
    },
  );

  test('lost ones are made up for by the sweep', async () => {
    const { payment } = await held();
    const dispute = await question(payment.stripePaymentId!);
    await stripe().holdWebhooks();
    await stripe().resolveDispute(dispute, 'lost');
    await loseWebhooks(world);
    await world.advance(31 * minuteMs);
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });

  test('a dispute that is heard of before its payment settles the payment first', async () => {
    const booking = await confirmBooking(pair);
    await stripe().holdWebhooks();
    const { payment } = await pair.customer.client.call(payments.createIntent, {
      body: { bookingId: booking.id },
    });
    await world.ctx.stripe.paymentIntents.confirm(payment.stripePaymentId!, {
      payment_method: 'pm_card_bypassPending',
      return_url: 'https://app.example.org',
    });
    await stripe().openDispute(payment.stripePaymentId!, {});
    await stripe().releaseWebhooks({ order: 'reversed' });
    await world.settle();
    const paid = await readPayment(pair, payment.id);
    expect(paid.status).toBe('held');
    expect(paid.freezes).toMatchObject([{ cause: 'chargeback' }]);
  });
});

describe('answering the bank', () => {
  test('sends what we know of the job and what the admin says, once', async () => {
    const { payment } = await held();
    const dispute = await question(payment.stripePaymentId!);
    const { id } = await chargebackOf(payment.id);
    const answer = () =>
      grace.client.call(adminMoney.sendEvidence, { params: { id }, body: { statement: 'winning_evidence' } });
    await answer();
    const sent = await world.ctx.stripe.disputes.retrieve(dispute);
    expect(sent.evidence).toMatchObject({
      customer_email_address: pair.customer.email,
      uncategorized_text: 'winning_evidence',
      product_description: expect.stringContaining(payment.job.title),
    });
    await world.settle();
    expect((await chargebackOf(payment.id)).outcome).toBe('won');
    expect((await problemOf(answer())).code).toBe('conflict');
  });

  test('by two admins at once tells one of them that it was not theirs', async () => {
    const { payment } = await held();
    await question(payment.stripePaymentId!);
    const heidi = await createPerson(world, { role: 'admin' });
    const { id } = await chargebackOf(payment.id);
    const answers = await Promise.allSettled(
      [grace, heidi].map((admin, index) =>
        admin.client.call(adminMoney.sendEvidence, {
          params: { id },
          body: { statement: `Statement ${index}.` },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('happens by itself a day before the time is over, with the course of the booking', async () => {
    const { payment } = await held();
    const dispute = await question(payment.stripePaymentId!);
    const due = Date.parse((await chargebackOf(payment.id)).evidenceDueAt!);
    await world.advance(due - world.ctx.clock.now().getTime() - 25 * hourMs);
    expect((await chargebackOf(payment.id)).evidenceSentAt).toBeNull();
    await world.advance(2 * hourMs);
    expect((await chargebackOf(payment.id)).evidenceSentAt).not.toBeNull();
    const sent = await world.ctx.stripe.disputes.retrieve(dispute);
    expect(sent.evidence.uncategorized_text).toContain('The contractor took the job.');
    await decide(dispute, 'won');
    expect((await chargebackOf(payment.id)).outcome).toBe('won');
  });

  test('by giving in loses at once', async () => {
    const { payment } = await held();
    await question(payment.stripePaymentId!);
    const { id } = await chargebackOf(payment.id);
    const accept = () =>
      grace.client.call(adminMoney.acceptChargeback, { params: { id }, body: { reason: 'They are right.' } });
    expect((await accept()).outcome).toBe('lost');
    expect((await problemOf(accept())).code).toBe('conflict');
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  });
});

test('an early fraud warning freezes the payment until an admin has looked', async () => {
  const { booking, payment } = await held();
  await stripe().warnOfFraud(payment.stripePaymentId!);
  await world.settle();
  expect((await readPayment(pair, payment.id)).freezes).toMatchObject([{ cause: 'fraud_warning' }]);
  const complete = () => pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  expect((await problemOf(complete())).detail).toContain('fraud');
  await grace.client.call(adminMoney.unfreezePayment, {
    params: { id: payment.id },
    body: { reason: 'The customer called back.' },
  });
  await complete();
  await world.settle();
  expect((await readPayment(pair, payment.id)).status).toBe('released');
});
