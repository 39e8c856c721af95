import { accounts, admin, adminMoney, bookings, earnings, payouts, receipts } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fundBooking } from '../../test/disputed.ts';
import { ledgerText } from '../../test/ledger-text.ts';
import {
  createPair,
  earn,
  type MoneyWorld,
  onboard,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { dayMs } from '../clock.ts';
import { newId } from '../ids.ts';

/* A bank that gives money back after a chargeback was lost: an admin says whose it is. */

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
let heidi: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  grace = await createPerson(world, { role: 'admin' });
  heidi = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});
afterEach(async () => {
  await world.settle();
  expect(await findings()).toEqual([]);
});

const findings = async () =>
  (await audit(world.ctx, 0)).flatMap((result) => result.findings.map(({ detail }) => detail));
const balance = async () =>
  (await pair.contractor.client.call(payouts.balance)).balances.find(({ currency }) => currency === 'eur')!;
const chargebackOf = async (paymentId: string) =>
  (await grace.client.call(adminMoney.listChargebacks, { query: { paymentId } })).items[0]!;
const ledger = (paymentId: string) => ledgerText(world, { paymentIds: [paymentId] });

async function lose(payment: { id: string; stripePaymentId: string | null }, amount?: number) {
  const dispute = await world.sandbox.control.openDispute(
    payment.stripePaymentId!,
    amount === undefined ? {} : { amount },
  );
  await world.settle();
  await world.sandbox.control.resolveDispute(dispute, 'lost');
  await world.settle();
  return dispute;
}

/** The bank thinks again and gives the money, or a part of it, back. */
async function overturn(dispute: string, amount?: number) {
  await world.sandbox.control.overturnDispute(dispute, amount === undefined ? {} : { amount });
  await world.settle();
}

async function settle(paymentId: string, to: 'contractor' | 'platform', by = grace) {
  const { id } = await chargebackOf(paymentId);
  const settled = await by.client.call(adminMoney.settleReturn, {
    params: { id },
    body: { to, note: 'The appeal was won.' },
  });
  await world.settle();
  return settled;
}

const leave = () =>
  pair.contractor.client.call(accounts.deleteMe, {
    body: { currentPassword: pair.contractor.password },
  });

async function withdraw() {
  await pair.contractor.client.call(payouts.withdraw, {
    body: { currency: 'eur' },
    idempotencyKey: newId('key'),
  });
  await world.settle();
  await world.advance(5 * dayMs);
}

test('is shown, and found by the audit, until it is settled for the platform: its losses are smaller', async () => {
  const payment = await earn(world, pair);
  const dispute = await lose(payment);
  expect((await chargebackOf(payment.id)).returnedUnsettled.amount).toBe(0);
  await overturn(dispute);
  expect(await chargebackOf(payment.id)).toMatchObject({
    outcome: 'lost',
    stripeStatus: 'won',
    returnedUnsettled: { amount: 45_000, currency: 'eur' },
  });
  expect(await findings()).toContain('the bank has given 45000 back after a loss: settle-return');
  expect((await settle(payment.id, 'platform')).returnedUnsettled.amount).toBe(0);
  expect(await ledger(payment.id)).toContain('chargeback-return-settled: chargebacks +45000, losses -45000');
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'refunded',
    refunded: { amount: 45_000 },
  });
  expect(await balance()).toMatchObject({ available: 0, pending: 0, debt: 0 });
});

test('goes to the contractor up to what they lost, by a transfer that they can withdraw', async () => {
  const payment = await earn(world, pair);
  await overturn(await lose(payment));
  await settle(payment.id, 'contractor');
  const booked = await ledger(payment.id);
  expect(booked).toContain(
    'chargeback-return-settled: chargebacks +45000, chargeback_reserve -40500, losses -4500',
  );
  expect(booked).toContain(
    'chargeback-restored: chargeback_reserve +40500, contractor_balance -40500, connected_stripe +40500, platform_stripe -40500',
  );
  const receipt = await pair.customer.client.call(receipts.get, { params: { paymentId: payment.id } });
  expect(receipt.match(/450[.,]00/g)?.length).toBeGreaterThanOrEqual(3);
  const report = await pair.contractor.client.call(earnings.report, { query: {} });
  expect(report.totals).toMatchObject([{ net: 40_500 }]);
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 40_500, debt: 0 });
  const next = await earn(world, pair, { amount: 10_000, currency: 'eur' });
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 49_500 });
  expect((await readPayment(pair, next.id)).status).toBe('released');
  await withdraw();
  expect((await readPayment(pair, next.id)).status).toBe('withdrawn');
});

test('pays what the contractor owes first, and what was withdrawn for it pays for nothing else', async () => {
  const payment = await earn(world, pair);
  await withdraw();
  await overturn(await lose(payment));
  expect((await balance()).debt).toBe(40_500);
  const next = await earn(world, pair, { amount: 10_000, currency: 'eur' });
  await settle(payment.id, 'contractor');
  expect(await ledger(payment.id)).toContain(
    'chargeback-return-settled: chargebacks +45000, contractor_debt -31500, chargeback_reserve -9000, losses -4500',
  );
  expect(await balance()).toMatchObject({ debt: 0 });
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 9000 });
  expect((await readPayment(pair, next.id)).status).toBe('released');
});

test('of a payment that was never released gives them their share of it', async () => {
  const { booking, payment } = await fundBooking(world, pair);
  await overturn(await lose(payment));
  await settle(payment.id, 'contractor');
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 40_500 });
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
  const { state } = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
  expect(state).toBe('cancelled');
});

test('waits, kept apart, for a contractor whose account cannot take it', async () => {
  pair = await createPair(world, { isOnboarded: false });
  const { payment } = await fundBooking(world, pair);
  await overturn(await lose(payment));
  await settle(payment.id, 'contractor');
  expect(await findings()).toEqual([]);
  expect((await problemOf(leave())).code).toBe('conflict');
  await onboard(world, pair.contractor);
  await world.advance(dayMs);
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 40_500 });
});

test('is settled once by two admins at once', async () => {
  const payment = await earn(world, pair);
  await overturn(await lose(payment));
  const both = await Promise.allSettled([
    settle(payment.id, 'contractor'),
    settle(payment.id, 'platform', heidi),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await problemOf(settle(payment.id, 'platform'))).code).toBe('conflict');
});

test('in parts is settled part by part; to the contractor it is transferred once', async () => {
  const payment = await earn(world, pair);
  const dispute = await lose(payment, 30_000);
  await overturn(dispute, 10_000);
  await settle(payment.id, 'contractor');
  expect((await problemOf(settle(payment.id, 'contractor'))).code).toBe('conflict');
  await overturn(dispute, 5000);
  expect((await chargebackOf(payment.id)).returnedUnsettled.amount).toBe(5000);
  expect((await problemOf(settle(payment.id, 'contractor'))).detail).toContain('transferred');
  await settle(payment.id, 'platform');
  await overturn(dispute);
  await settle(payment.id, 'platform');
  await world.advance(10 * dayMs);
  expect(await balance()).toMatchObject({ available: 23_500 });
  expect(await readPayment(pair, payment.id)).toMatchObject({
    status: 'released',
    refunded: { amount: 30_000 },
  });
});

test('can be nothing, of nothing that we know, and is nobody else’s to settle', async () => {
  const payment = await earn(world, pair);
  const dispute = await lose(payment);
  expect((await problemOf(settle(payment.id, 'platform'))).code).toBe('conflict');
  const body = { to: 'platform', note: 'The appeal was won.' } as const;
  const unknown = grace.client.call(adminMoney.settleReturn, { params: { id: newId('cbk') }, body });
  expect((await problemOf(unknown)).code).toBe('not_found');
  await overturn(dispute);
  const { id } = await chargebackOf(payment.id);
  for (const person of [pair.contractor, pair.customer]) {
    const refused = person.client.call(adminMoney.settleReturn, { params: { id }, body });
    expect((await problemOf(refused)).code).toBe('forbidden');
  }
  await settle(payment.id, 'platform');
});

test('is not given to a contractor who has left', async () => {
  const { payment } = await fundBooking(world, pair);
  const dispute = await lose(payment);
  await leave();
  await overturn(dispute);
  expect((await problemOf(settle(payment.id, 'contractor'))).detail).toContain('deleted');
  await settle(payment.id, 'platform');
});

test('is not given to the contractor while the payment is frozen', async () => {
  const payment = await earn(world, pair);
  await overturn(await lose(payment, 30_000));
  const freeze = { params: { id: payment.id }, body: { reason: 'We look into it.' } };
  await grace.client.call(adminMoney.freezePayment, freeze);
  expect((await problemOf(settle(payment.id, 'contractor'))).detail).toContain('frozen');
  await settle(payment.id, 'platform');
});

test('is written into the audit log with what became of it', async () => {
  const payment = await earn(world, pair);
  await overturn(await lose(payment));
  const { id } = await settle(payment.id, 'contractor');
  const { items } = await grace.client.call(admin.listActions, { query: { subject: id } });
  expect(items).toMatchObject([
    {
      action: 'chargeback.settle-return',
      details: { to: 'contractor', amountMinor: 45_000, setOffMinor: 0, transferMinor: 40_500 },
    },
  ]);
});
