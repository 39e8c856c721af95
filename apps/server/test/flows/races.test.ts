import { ApiError } from '@holdfast/client';
import { type Booking, bookings, payments, payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';

const rounds = 500;
const atOnce = 5;
const longTest = { timeout: 180_000 };

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());

/** Plays the rounds a few at a time; each prepares something of its own and then does two things to it at once. */
async function repeat(round: (index: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < rounds; first += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, offset) => round(first + offset)));
    // The limits are for people; these two are busier than any.
    await sql`delete from rate_limits`.execute(world.ctx.db);
  }
}

const count = async (query: ReturnType<typeof sql<{ n: number }>>) =>
  (await query.execute(world.ctx.db)).rows[0]!.n;

const outcomes = async (calls: Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((result) => {
    if (result.status === 'fulfilled') return 'done';
    if (result.reason instanceof ApiError) return result.reason.problem.status;
    throw result.reason;
  });

async function paidBooking(): Promise<Booking> {
  const booking = await confirmBooking(pair, { amount: 1000, currency: 'eur' });
  await pay(pair, booking);
  return booking;
}

test(`two confirmations at once charge once, ${rounds} times`, longTest, async () => {
  const before = await chargesAtStripe();
  await repeat(async () => {
    const booking = await confirmBooking(pair, { amount: 1000, currency: 'eur' });
    const { payment } = await pair.customer.client.call(payments.createIntent, {
      body: { bookingId: booking.id },
    });
    const body = { paymentId: payment.id, paymentMethod: 'pm_card_visa' };
    const results = await outcomes([
      pair.customer.client.call(payments.confirm, { body }),
      pair.customer.client.call(payments.confirm, { body }),
    ]);
    expect(results).toContain('done');
    for (const result of results) expect(['done', 409]).toContain(result);
  });
  await world.settle();
  expect((await chargesAtStripe()) - before).toBe(rounds);
  expect(await count(sql`select count(*) as n from ledger_entries where cause like 'capture:%'`)).toBe(
    rounds,
  );
  expect(await count(sql`select count(*) as n from payments where status = 'held'`)).toBe(rounds);
});

test(`two completions at once release once, ${rounds} times`, longTest, async () => {
  const released = () => count(sql`select count(*) as n from ledger_entries where cause like 'release:%'`);
  const before = await released();
  await repeat(async () => {
    const booking = await paidBooking();
    const params = { id: booking.job.id };
    const results = await outcomes([
      pair.customer.client.call(bookings.complete, { params }),
      pair.customer.client.call(bookings.complete, { params }),
    ]);
    // Completing a completed job is the same answer, not a second effect.
    expect(results).toEqual(['done', 'done']);
  });
  await world.settle();
  expect((await released()) - before).toBe(rounds);
  expect(await transfersAtStripe()).toBe(rounds);
});

test(`two withdrawals at once pay out once, ${rounds} times`, longTest, async () => {
  await repeat(async (index) => {
    const body = { currency: 'eur' as const, amount: 1 };
    const results = await outcomes([
      pair.contractor.client.call(payouts.withdraw, { body, idempotencyKey: `race-${index}` }),
      pair.contractor.client.call(payouts.withdraw, { body, idempotencyKey: `race-${index}` }),
    ]);
    expect(results).toContain('done');
    for (const result of results) expect(['done', 409]).toContain(result);
  });
  await world.settle();
  expect(await count(sql`select count(*) as n from payouts`)).toBe(rounds);
  expect(await payoutsAtStripe()).toBe(rounds);
});

test('of many withdrawals of everything at once one gets it, the others are told so', longTest, async () => {
  const everything = { currency: 'eur' as const };
  const results = await outcomes(
    Array.from({ length: 20 }, (_, index) =>
      pair.contractor.client.call(payouts.withdraw, { body: everything, idempotencyKey: `all-${index}` }),
    ),
  );
  expect(results.filter((result) => result === 'done')).toHaveLength(1);
  expect(results.filter((result) => result === 409)).toHaveLength(19);
});

test('after all of it everything still adds up', longTest, async () => {
  await world.settle();
  const results = await audit(world.ctx, 100);
  expect(results.filter((result) => result.findings.length > 0)).toEqual([]);
});

async function chargesAtStripe(): Promise<number> {
  let charges = 0;
  for await (const charge of world.ctx.stripe.charges.list({ limit: 100 })) if (charge.paid) charges += 1;
  return charges;
}

async function transfersAtStripe(): Promise<number> {
  let transfers = 0;
  for await (const _ of world.ctx.stripe.transfers.list({ limit: 100 })) transfers += 1;
  return transfers;
}

async function payoutsAtStripe(): Promise<number> {
  const { account } = await pair.contractor.client.call(payouts.balance);
  let made = 0;
  for await (const _ of world.ctx.stripe.payouts.list(
    { limit: 100 },
    { stripeAccount: account.stripeAccountId! },
  ))
    made += 1;
  return made;
}
