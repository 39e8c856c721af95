import { bookings, payments, payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { confirmBooking, createPair, type MoneyWorld, startMoneyWorld } from '../money-world.ts';

const dayMs = 24 * 3_600_000;

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());

type Delivery = { order: 'inOrder' | 'reversed' | 'shuffled'; copies: number };

/**
 * One whole job in which the server learns everything from Stripe alone: the customer confirms in the app, and the
 * webhooks of each stage are kept back and then delivered as `delivery` says. What remains of it, without ids and times.
 */
async function playJob(delivery: Delivery | 'never'): Promise<unknown> {
  const held = async (act: () => Promise<unknown>) => {
    await world.sandbox.control.holdWebhooks();
    await act();
    // The fee of a charge is told a moment after the charge.
    await world.sandbox.control.settled();
    const told = await eventsStored();
    if (delivery === 'never') await dropHeld();
    else await world.sandbox.control.releaseWebhooks(delivery);
    await world.settle();
    if (delivery === 'never') expect(await eventsStored()).toBe(told);
    else expect(await eventsStored()).toBeGreaterThan(told);
    // What no webhook told is found by the sweeps within the hour.
    if (delivery === 'never') await world.advance(3_600_000);
  };
  const pair = await createPair(world, { isOnboarded: false });
  const booking = await confirmBooking(pair);
  await held(async () => {
    const { clientSecret, payment } = await pair.customer.client.call(payments.createIntent, {
      body: { bookingId: booking.id },
    });
    await confirmInApp(payment.stripePaymentId!, clientSecret, 'pm_card_visa_chargeDeclined').catch(
      () => undefined,
    );
    await confirmInApp(payment.stripePaymentId!, clientSecret, 'pm_card_bypassPending');
  });
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await held(async () => {
    const { account } = await pair.contractor.client.call(payouts.connect, { body: {} });
    await world.sandbox.control.completeOnboarding(account.stripeAccountId!);
  });
  await held(async () => {
    await pair.contractor.client.call(payouts.withdraw, {
      body: { currency: 'eur' },
      idempotencyKey: booking.id,
    });
    await world.settle();
    await world.sandbox.clock.advance(4 * dayMs);
  });
  return remains(booking.id, pair.contractor.id);
}

test('webhooks in order, doubled, tripled, reversed, shuffled or never end in the same state', async () => {
  const plain = await playJob({ order: 'inOrder', copies: 1 });
  expect(plain).toMatchObject({ payment: { status: 'withdrawn' }, booking: 'completed', payouts: ['paid'] });
  for (const delivery of [
    { order: 'inOrder', copies: 2 },
    { order: 'reversed', copies: 1 },
    { order: 'reversed', copies: 3 },
    { order: 'shuffled', copies: 2 },
    { order: 'shuffled', copies: 3 },
    'never',
  ] as const)
    expect(await playJob(delivery), JSON.stringify(delivery)).toEqual(plain);
  const results = await audit(world.ctx, 100);
  expect(results.filter((result) => result.findings.length > 0)).toEqual([]);
});

async function eventsStored(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from stripe_events`.execute(world.ctx.db);
  return rows[0]!.n;
}

/** What Stripe's SDK in the app does: a publishable key and the client secret. */
async function confirmInApp(id: string, clientSecret: string, paymentMethod: string): Promise<void> {
  const { hostname, port } = new URL(world.sandbox.url);
  const app = new Stripe(world.sandbox.publishableKey, { host: hostname, port, protocol: 'http' });
  await app.paymentIntents.confirm(id, {
    payment_method: paymentMethod,
    return_url: 'https://app.example/return',
    client_secret: clientSecret,
  } as Stripe.PaymentIntentConfirmParams);
}

async function dropHeld(): Promise<void> {
  const deliveries = (await (await fetch(`${world.sandbox.url}/_sandbox/webhooks`)).json()) as {
    deliveries: { event: string; state: string }[];
  };
  const events = new Set(
    deliveries.deliveries.filter((one) => one.state !== 'delivered').map((one) => one.event),
  );
  for (const event of events)
    await fetch(`${world.sandbox.url}/_sandbox/webhooks/drop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event }),
    });
  await world.sandbox.control.releaseWebhooks();
}

async function remains(bookingId: string, contractorId: string): Promise<unknown> {
  const { ctx } = world;
  const payment = await ctx.db
    .selectFrom('payments')
    .select(['id', 'status', 'stripe_status', 'stripe_fee_minor', 'release_waits_for', 'failure_code'])
    .where('booking_id', '=', bookingId)
    .executeTakeFirstOrThrow();
  const booking = await ctx.db
    .selectFrom('bookings')
    .select('state')
    .where('id', '=', bookingId)
    .executeTakeFirstOrThrow();
  const made = await ctx.db
    .selectFrom('payouts')
    .select('status')
    .where('contractor_id', '=', contractorId)
    .execute();
  const { rows: entries } = await sql<{ kind: string; account: string; amount: number }>`
    select split_part(cause, ':', 1) as kind, account, amount_minor as amount from ledger_entries
    join ledger_lines on entry_id = id
    where ledger_entries.payment_id = ${payment.id} or user_id = ${contractorId} order by 1, 2, 3`.execute(
    ctx.db,
  );
  const { id: _id, ...rest } = payment;
  return { payment: rest, booking: booking.state, payouts: made.map((one) => one.status), entries };
}
