import { admin as adminApi, adminMoney, bookings, disputes, type Price } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { openCase, say } from '../../test/disputed.ts';
import { refusal } from '../../test/jobs.ts';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  createPair,
  type MoneyWorld,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { freezePayment, liftFreeze, lockPayment } from '../payments/payments.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
let heidi: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
  heidi = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

type Body = { decision: 'release' | 'refund' | 'split'; refundAmount?: number; note?: string };
const resolve = (id: string, body: Body, by = grace) =>
  by.client.call(disputes.resolve, { params: { id }, body: { note: 'As the photos show.', ...body } });
const approve = (id: string, by = heidi) => by.client.call(adminApi.approve, { params: { id } });
const file = (id: string) => grace.client.call(disputes.getFile, { params: { id } });
const bookingOf = (id: string) => pair.customer.client.call(bookings.get, { params: { id } });
const ledger = (paymentId: string) => ledgerText(world, { paymentIds: [paymentId] });

const freeze = (paymentId: string) =>
  inTransaction(world.ctx.db, async (tx) => {
    await lockPayment(tx, paymentId);
    await freezePayment(world.ctx, tx, paymentId, { cause: 'admin', subject: paymentId, reason: 'Odd.' });
  });
const unfreeze = (paymentId: string) =>
  inTransaction(world.ctx.db, async (tx) => {
    await lockPayment(tx, paymentId);
    await liftFreeze(world.ctx, tx, paymentId, { causes: ['admin'] });
  });

describe('an admin brings a disputed job to each of its ends by the API', () => {
  test('release: all to the contractor, the commission taken off', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    await say(pair.contractor, dispute.id);
    const answer = await resolve(dispute.id, { decision: 'release' });
    expect(answer).toMatchObject({
      dispute: { state: 'decided', decision: 'release', refund: { amount: 0 }, decidedBy: 'admin' },
      approval: null,
    });
    await world.settle();
    expect(await bookingOf(booking.id)).toMatchObject({
      state: 'completed',
      completedBy: 'platform',
      disputeId: null,
    });
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      release: escrow +45000, commission -4500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500
      = commission -4500, connected_stripe +40500, contractor_balance -40500, escrow 0, platform_stripe +3165, stripe_fees +1335`);
  });

  test('refund: all back to the customer', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    const answer = await resolve(dispute.id, { decision: 'refund', note: 'Nothing was done.' });
    expect(answer.dispute).toMatchObject({ decision: 'refund', refund: { amount: 45_000, currency: 'eur' } });
    await world.settle();
    expect(await bookingOf(booking.id)).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'platform',
      cancelReason: 'Nothing was done.',
    });
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunds: [{ cause: 'dispute', status: 'succeeded' }],
      freezes: [],
    });
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      refund-owed: escrow +45000, refund_payable -45000
      refund-sent: refund_payable +45000, platform_stripe -45000
      = escrow 0, platform_stripe -1335, refund_payable 0, stripe_fees +1335`);
  });

  test('split: a part back, the rest released less the commission on it', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    await resolve(dispute.id, { decision: 'split', refundAmount: 10_000 });
    await world.settle();
    expect(await bookingOf(booking.id)).toMatchObject({ state: 'completed', completedBy: 'platform' });
    expect(await ledger(payment.id)).toBe(text`
      capture: platform_stripe +45000, escrow -45000
      fee: stripe_fees +1335, platform_stripe -1335
      refund-owed: escrow +10000, refund_payable -10000
      refund-sent: refund_payable +10000, platform_stripe -10000
      release: escrow +35000, commission -3500, contractor_balance -31500, connected_stripe +31500, platform_stripe -31500
      = commission -3500, connected_stripe +31500, contractor_balance -31500, escrow 0, platform_stripe +2165, refund_payable 0, stripe_fees +1335`);
  });

  test('and the file shows all of it: both sides, the course of the booking, money and freezes', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    await say(pair.contractor, dispute.id, 'One coat was agreed.');
    await pair.contractor.client.call(bookings.deliver, {
      params: { id: booking.id },
      body: { note: 'Two coats now.' },
    });
    const open = await file(dispute.id);
    expect(open).toMatchObject({
      admin: null,
      dispute: { state: 'answered', evidence: [{ side: 'contractor', text: 'One coat was agreed.' }] },
      booking: { deliveryNote: 'Two coats now.', disputeId: dispute.id },
      payment: { id: payment.id, status: 'held' },
      freezes: [{ cause: 'dispute', subject: dispute.id, reason: 'The customer says: poor quality.' }],
    });
    await resolve(dispute.id, { decision: 'release' });
    expect(await file(dispute.id)).toMatchObject({ admin: { id: grace.id }, freezes: [] });
    const log = await grace.client.call(adminApi.listActions, { query: { subject: dispute.id } });
    expect(log.items).toMatchObject([
      {
        action: 'dispute.resolve',
        admin: { id: grace.id },
        details: {
          bookingId: booking.id,
          decision: 'release',
          refundMinor: 0,
          currency: 'eur',
          note: 'As the photos show.',
        },
      },
    ]);
  });
});

describe('a split', () => {
  const cases: [z.input<typeof Price>, number, string][] = [
    [{ amount: 45_000, currency: 'eur' }, 1, 'commission -4500, connected_stripe +40499'],
    // Of the last cent the commission is none.
    [{ amount: 45_000, currency: 'eur' }, 44_999, 'connected_stripe +1, contractor_balance -1'],
    [{ amount: 55, currency: 'jpy' }, 1, 'commission -5, connected_stripe +49'],
    [{ amount: 55, currency: 'jpy' }, 54, 'connected_stripe +1, contractor_balance -1'],
    [{ amount: 17_500, currency: 'huf' }, 100, 'commission -1700, connected_stripe +15700'],
    [{ amount: 17_500, currency: 'huf' }, 17_400, 'connected_stripe +100, contractor_balance -100'],
    [{ amount: 250, currency: 'kwd' }, 10, 'commission -20, connected_stripe +220'],
  ];
  for (const [price, refundAmount, sums] of cases)
    test(`of ${price.amount} ${price.currency} that gives ${refundAmount} back leaves nothing over`, async () => {
      const { payment, dispute } = await openCase(world, pair, { price });
      const { approval } = await resolve(dispute.id, { decision: 'split', refundAmount });
      expect(approval).toBeNull();
      await world.settle();
      const written = await ledger(payment.id);
      expect(written).toContain(sums);
      expect(written).toContain('escrow 0');
      expect(await readPayment(pair, payment.id)).toMatchObject({
        status: 'released',
        refunded: { amount: refundAmount },
      });
    });

  test('must leave something to each side, in steps that can be paid, and names the field', async () => {
    const { dispute } = await openCase(world, pair, { price: { amount: 17_500, currency: 'huf' } });
    for (const refundAmount of [0, -100, 150, 17_500, 20_000, 0.5, 1e15]) {
      const problem = await problemOf(resolve(dispute.id, { decision: 'split', refundAmount }));
      expect(problem.errors, String(refundAmount)).toMatchObject([{ path: 'body.refundAmount' }]);
    }
    for (const body of [{ decision: 'split' }, { decision: 'refund', refundAmount: 100 }] as Body[])
      expect((await problemOf(resolve(dispute.id, body))).errors![0]!.path).toBe('body.refundAmount');
    expect((await file(dispute.id)).dispute.state).toBe('open');
  });
});

describe('a refund above the sum that one admin may give', () => {
  const price = { amount: 60_000, currency: 'eur' } as const;

  test('happens when a second admin approves, once; up to the sum it needs none', async () => {
    const { payment, dispute } = await openCase(world, pair, { price });
    const { approval, dispute: shown } = await resolve(dispute.id, { decision: 'refund' });
    expect(approval).toMatchObject({ status: 'pending', action: 'dispute.resolve', subject: dispute.id });
    expect(shown.state).toBe('open');
    expect(await refusal(resolve(dispute.id, { decision: 'refund' }))).toBe('conflict');
    expect(await refusal(approve(approval!.id, grace))).toBe('forbidden');
    expect((await readPayment(pair, payment.id)).freezes).toMatchObject([{ cause: 'dispute' }]);
    await approve(approval!.id);
    expect(await refusal(approve(approval!.id))).toBe('conflict');
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    expect((await file(dispute.id)).admin?.id).toBe(grace.id);
    const log = await grace.client.call(adminApi.listActions, { query: { subject: dispute.id } });
    expect(log.items.map(({ action, admin }) => [action, admin?.id])).toEqual([
      ['approval.approve', heidi.id],
      ['dispute.resolve', grace.id],
      ['approval.request', grace.id],
    ]);
    const other = await openCase(world, pair, { price });
    const done = await resolve(other.dispute.id, { decision: 'split', refundAmount: 50_000 });
    expect(done.approval).toBeNull();
  });

  test('one unit more than the sum waits, and can be approved no more when the dispute has ended otherwise', async () => {
    const { dispute } = await openCase(world, pair, { price });
    const { approval } = await resolve(dispute.id, { decision: 'split', refundAmount: 50_001 });
    expect(approval).not.toBeNull();
    await resolve(dispute.id, { decision: 'release' });
    expect((await problemOf(approve(approval!.id))).detail).toContain('This dispute is decided already.');
  });

  test('counts in whole units of the currency', async () => {
    const yen = await openCase(world, pair, { price: { amount: 501, currency: 'jpy' } });
    expect((await resolve(yen.dispute.id, { decision: 'refund' })).approval).not.toBeNull();
    const dinar = await openCase(world, pair, { price: { amount: 500_000, currency: 'kwd' } });
    expect((await resolve(dinar.dispute.id, { decision: 'refund' })).approval).toBeNull();
  });
});

describe('a decision', () => {
  test('waits for other freezes and says which; then it is made', async () => {
    const { payment, dispute } = await openCase(world, pair);
    await freeze(payment.id);
    for (const decision of ['release', 'refund'] as const) {
      const problem = await problemOf(resolve(dispute.id, { decision }));
      expect(problem).toMatchObject({ status: 409, detail: expect.stringContaining('looking into it') });
      expect(problem.detail).not.toContain('dispute');
    }
    expect(await refusal(pair.contractor.client.call(disputes.concede, { params: { id: dispute.id } }))).toBe(
      'conflict',
    );
    expect((await readPayment(pair, payment.id)).freezes.map(({ cause }) => cause)).toEqual([
      'dispute',
      'admin',
    ]);
    await unfreeze(payment.id);
    await resolve(dispute.id, { decision: 'release' });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('is about what is left when the bank has taken a part of the money', async () => {
    for (const [decision, refunded, status] of [
      ['refund', 45_000, 'refunded'],
      ['release', 10_000, 'released'],
    ] as const) {
      const { booking, payment, dispute } = await openCase(world, pair);
      const chargeback = await world.sandbox.control.openDispute(payment.stripePaymentId!, {
        amount: 10_000,
      });
      await world.settle();
      expect((await problemOf(resolve(dispute.id, { decision }))).detail).toContain("customer's bank");
      await world.sandbox.control.resolveDispute(chargeback, 'lost');
      await world.settle();
      const tooMuch = resolve(dispute.id, { decision: 'split', refundAmount: 35_000 });
      expect((await problemOf(tooMuch)).errors).toMatchObject([{ path: 'body.refundAmount' }]);
      const { dispute: decided } = await resolve(dispute.id, { decision });
      expect(decided.refund!.amount).toBe(refunded - 10_000);
      await world.settle();
      expect(await readPayment(pair, payment.id)).toMatchObject({ status, refunded: { amount: refunded } });
      expect((await bookingOf(booking.id)).state).toBe(decision === 'refund' ? 'cancelled' : 'completed');
    }
  });

  test('is about what is left also when an admin has refunded a part before it was opened', async () => {
    const { booking, payment, dispute: first } = await openCase(world, pair);
    await pair.customer.client.call(disputes.withdraw, { params: { id: first.id } });
    await grace.client.call(adminMoney.refundPayment, {
      params: { id: payment.id },
      body: { amount: 5000, reason: 'Agreed with both sides.' },
      idempotencyKey: newId('key'),
    });
    const again = await pair.contractor.client.call(disputes.open, {
      params: { id: booking.id },
      body: { reason: 'other', description: 'She does not let me in any more.' },
    });
    const { dispute: decided } = await resolve(again.id, { decision: 'refund' });
    expect(decided.refund!.amount).toBe(40_000);
    await world.settle();
    expect(await readPayment(pair, payment.id)).toMatchObject({
      status: 'refunded',
      refunded: { amount: 45_000 },
    });
  });

  test('is made once, of several at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { payment, dispute } = await openCase(world, pair);
      const results = await Promise.all([
        refusal(resolve(dispute.id, { decision: 'release' })),
        refusal(resolve(dispute.id, { decision: 'refund' }, heidi)),
        refusal(pair.contractor.client.call(disputes.concede, { params: { id: dispute.id } })),
        refusal(pair.customer.client.call(disputes.withdraw, { params: { id: dispute.id } })),
      ]);
      expect(results.toSorted()).toEqual(['conflict', 'conflict', 'conflict', 'no error']);
      await world.settle();
      expect((await readPayment(pair, payment.id)).freezes).toEqual([]);
    }
  });

  for (const path of ['/v1/refunds', '/v1/transfers'])
    for (const kind of ['500', 'reset'] as const)
      test(`stands although Stripe fails at ${path} with ${kind}: each part moves once`, async () => {
        const { payment, dispute } = await openCase(world, pair);
        for (const when of ['before', 'after'] as const)
          await world.sandbox.control.injectFault({ method: 'POST', path, times: 2, kind, when });
        await resolve(dispute.id, { decision: 'split', refundAmount: 20_000 });
        await world.settle();
        for (let attempt = 0; attempt < 4; attempt += 1) await world.retryTasks();
        expect(await ledger(payment.id)).toContain(
          'commission -2500, connected_stripe +22500, contractor_balance -22500, escrow 0',
        );
        expect((await readPayment(pair, payment.id)).status).toBe('released');
        const refunds = await world.ctx.stripe.refunds.list({ payment_intent: payment.stripePaymentId! });
        const transfers = await world.ctx.stripe.transfers.list({ transfer_group: payment.id });
        expect([refunds.data.length, transfers.data.length]).toEqual([1, 1]);
      });
});

test('after all of it everything adds up', async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});
