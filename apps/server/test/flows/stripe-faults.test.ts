import { ApiError } from '@holdfast/client';
import { bookings, payments, payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  onboard,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';

/*
 * Stripe fails in every way it can, at every call that makes something: before it did anything, after it did
 * everything, with an answer and without. The money must end in the same place, and every object exist once.
 */

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());

const faults = [
  { kind: '500', when: 'before' },
  { kind: '500', when: 'after' },
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: '429', when: 'before' },
] as const;

// The SDK repeats a broken connection once by itself; three failures in a row get through to us.
const inARow = 3;
// Faults that one call did not use up wait for the next: enough tries for those of two.
const retries = 3 * inARow;

const calls = [
  { name: 'the customer', path: '/v1/customers' },
  { name: 'the intent', path: '/v1/payment_intents' },
  { name: 'the confirmation', path: '/v1/payment_intents/*/confirm' },
  { name: 'the transfer', path: '/v1/transfers' },
  { name: 'the account', path: '/v1/accounts' },
  { name: 'the payout', path: '/v1/payouts' },
] as const;

/** Repeats what a person would repeat: a request that was answered with "the payment provider did not answer". */
async function insist<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      const isPassing = error instanceof ApiError && error.problem.code === 'payment_provider_failed';
      if (!isPassing || attempt > 10) throw error;
    }
  }
}

async function playJob(pair: Pair): Promise<string> {
  const booking = await confirmBooking(pair);
  const { payment } = await insist(() =>
    pair.customer.client.call(payments.createIntent, { body: { bookingId: booking.id } }),
  );
  const body = { paymentId: payment.id, paymentMethod: 'pm_card_bypassPending' };
  await insist(() => pair.customer.client.call(payments.confirm, { body }));
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await insist(() => onboard(world, pair.contractor));
  for (let attempt = 0; attempt < retries; attempt += 1) await world.retryTasks();
  await pair.contractor.client.call(payouts.withdraw, {
    body: { currency: 'eur' },
    idempotencyKey: booking.id,
  });
  for (let attempt = 0; attempt < retries; attempt += 1) await world.retryTasks();
  await world.advance(4 * 24 * 3_600_000);
  return payment.id;
}

for (const call of calls)
  for (const fault of faults)
    test(`${call.name}: ${fault.kind} ${fault.when} execution delays and doubles nothing`, async () => {
      const pair = await createPair(world, { isOnboarded: false });
      await world.sandbox.control.injectFault({ method: 'POST', path: call.path, times: inARow, ...fault });
      const paymentId = await playJob(pair);
      const payment = await pair.customer.client.call(payments.get, { params: { id: paymentId } });
      expect(payment.status).toBe('withdrawn');
      expect(await objectsAtStripe(pair)).toEqual({
        customers: 1,
        accounts: 1,
        intents: 1,
        charges: 1,
        transfers: 1,
        payouts: 1,
      });
    });

test('after all of it everything adds up', async () => {
  const results = await audit(world.ctx, 100);
  expect(results.filter((result) => result.findings.length > 0)).toEqual([]);
});

test('an unknown outcome older than a day is looked up before anything is repeated', async () => {
  const pair = await createPair(world);
  const booking = await confirmBooking(pair);
  await pay(pair, booking);
  // The transfer is made, its answer is lost, and the outbox does not get to it for more than a day.
  await world.sandbox.control.injectFault({
    method: 'POST',
    path: '/v1/transfers',
    times: 2,
    kind: 'reset',
    when: 'after',
  });
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await world.settle();
  await world.sandbox.clock.advance(25 * 3_600_000);
  await world.retryTasks();
  expect((await objectsAtStripe(pair)).transfers).toBe(1);
  const { rows } = await sql<{
    status: string;
  }>`select status from payments where booking_id = ${booking.id}`.execute(world.ctx.db);
  expect(rows[0]!.status).toBe('released');
});

async function objectsAtStripe(pair: Pair) {
  const { stripe, db } = world.ctx;
  const intents = new Set<string>();
  const count = async (
    list: AsyncIterable<{ metadata?: Record<string, string> | null }>,
    key: string,
    value: string,
  ) => {
    let found = 0;
    for await (const one of list) if (one.metadata?.[key] === value) found += 1;
    return found;
  };
  const payment = await db
    .selectFrom('payments')
    .selectAll()
    .where('customer_id', '=', pair.customer.id)
    .executeTakeFirstOrThrow();
  const account = await db
    .selectFrom('connected_accounts')
    .selectAll()
    .where('user_id', '=', pair.contractor.id)
    .executeTakeFirstOrThrow();
  let charges = 0;
  for await (const intent of stripe.paymentIntents.list({ limit: 100 }))
    if (intent.metadata.payment_id === payment.id) intents.add(intent.id);
  for (const intent of intents)
    for await (const charge of stripe.charges.list({ payment_intent: intent, limit: 100 }))
      if (charge.paid) charges += 1;
  let payoutCount = 0;
  for await (const _ of stripe.payouts.list({ limit: 100 }, { stripeAccount: account.stripe_account_id! }))
    payoutCount += 1;
  return {
    customers: await count(stripe.customers.list({ limit: 100 }), 'user_id', pair.customer.id),
    accounts: await count(stripe.accounts.list({ limit: 100 }), 'user_id', pair.contractor.id),
    intents: intents.size,
    charges,
    transfers: await count(stripe.transfers.list({ limit: 100 }), 'payment_id', payment.id),
    payouts: payoutCount,
  };
}
