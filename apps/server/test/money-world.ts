import { ApiError } from '@holdfast/client';
import {
  type Booking,
  bookings,
  type Payment,
  type Price,
  type Problem,
  payments,
  payouts,
} from '@holdfast/contract';
import { type StripeSandbox, startStripeSandbox } from '@holdfast/stripe-sandbox';
import { sql } from 'kysely';
import type { z } from 'zod';
import { subscribedEvents } from '../src/webhooks/webhooks.ts';
import { postJob } from './jobs.ts';
import { createPerson, type Person } from './people.ts';
import { hasReadyTasks, startWorld, type World, type WorldOptions } from './world.ts';

/** A world whose Stripe is the sandbox, reached by the official SDK, with signed webhooks coming back. */
export type MoneyWorld = World & {
  sandbox: StripeSandbox;
  /** Waits for Stripe's webhooks and runs the outbox, until neither has anything left to do. */
  settle(): Promise<void>;
  /** Moves the one clock that Stripe and the application share, then sweeps and settles. */
  advance(durationMs: number): Promise<void>;
  /** Makes failed outbox tasks due now instead of after their back-off, then settles. */
  retryTasks(): Promise<void>;
};

export async function startMoneyWorld(
  options: Pick<WorldOptions, 'config' | 'handlers'> & {
    reconcilesByClock?: boolean;
    hearsWebhooks?: boolean;
  } = {},
): Promise<MoneyWorld> {
  const sandbox = await startStripeSandbox();
  const webhookSecrets: string[] = [];
  const clock = {
    now: () => sandbox.clock.now(),
    advance: () => {
      throw new Error('use world.advance: the clock belongs to the sandbox');
    },
    set: () => {
      throw new Error('use world.advance: the clock belongs to the sandbox');
    },
  };
  const stripe = {
    secretKey: sandbox.secretKey,
    publishableKey: sandbox.publishableKey,
    webhookSecrets,
    apiBase: sandbox.url,
  };
  const world = await startWorld({
    clock,
    config: { stripe, ...options.config },
    ...(options.handlers === undefined ? {} : { handlers: options.handlers }),
  });
  for (const connect of options.hearsWebhooks === false ? [] : [false, true]) {
    const url = `${world.url}/api/webhooks/stripe`;
    const endpoint = await sandbox.ensureWebhookEndpoint({ url, connect, enabledEvents: subscribedEvents });
    webhookSecrets.push(endpoint.secret);
  }
  if (options.reconcilesByClock !== true) await neverReconcile(world);
  const settle = async () => {
    do {
      await sandbox.control.settled();
      await world.drain();
      await sandbox.control.settled();
    } while (await hasReadyTasks(world.ctx));
  };
  return {
    ...world,
    sandbox,
    settle,
    advance: async (durationMs) => {
      await sandbox.clock.advance(durationMs);
      await settle();
      await world.sweep();
      await settle();
    },
    retryTasks: async () => {
      await sql`update graphile_worker._private_jobs set run_at = now()`.execute(world.ctx.db);
      await settle();
    },
    stop: async () => {
      await world.stop();
      await sandbox.close();
    },
  };
}

/** None comes due by the clock: it would read everything after each hour that a test moves on. */
async function neverReconcile(world: World): Promise<void> {
  await sql`insert into reconciliations (id, requested_at, finished_at)
    values ('rec_later', '2100-01-01', '2100-01-01')`.execute(world.ctx.db);
}

/** A customer and a contractor whose Stripe account is ready, and how to bring a booking of theirs forward. */
export type Pair = { customer: Person; contractor: Person };

export async function createPair(world: MoneyWorld, options: { isOnboarded?: boolean } = {}): Promise<Pair> {
  const customer = await createPerson(world, { role: 'customer' });
  const contractor = await createPerson(world, { role: 'contractor' });
  if (options.isOnboarded !== false) await onboard(world, contractor);
  return { customer, contractor };
}

/** Begins onboarding through the API and completes it at the sandbox, as if the hosted page had been filled in. */
export async function onboard(
  world: MoneyWorld,
  contractor: Person,
  bankAccountNumber?: string,
): Promise<string> {
  const { account } = await contractor.client.call(payouts.connect, { body: {} });
  await world.sandbox.control.completeOnboarding(
    account.stripeAccountId!,
    bankAccountNumber === undefined ? {} : { bankAccountNumber },
  );
  await world.settle();
  return account.stripeAccountId!;
}

/** A booking that the contractor has confirmed and the customer has not paid. */
export async function confirmBooking(
  pair: Pair,
  price: z.input<typeof Price> = { amount: 45_000, currency: 'eur' },
): Promise<Booking> {
  const job = await postJob(pair.customer, { budget: price });
  const booking = await pair.customer.client.call(bookings.create, {
    body: { jobId: job.id, contractorId: pair.contractor.id, price },
  });
  return pair.contractor.client.call(bookings.confirm, { params: { id: booking.id } });
}

/** Pays a confirmed booking by card; the answer is the payment as confirm shows it. */
export async function pay(pair: Pair, booking: Booking, paymentMethod = 'pm_card_bypassPending') {
  const { payment } = await pair.customer.client.call(payments.createIntent, {
    body: { bookingId: booking.id },
  });
  return pair.customer.client.call(payments.confirm, { body: { paymentId: payment.id, paymentMethod } });
}

/** A job from booking to release: what the contractor has earned by it waits on their balance. */
export async function earn(
  world: MoneyWorld,
  pair: Pair,
  price?: z.input<typeof Price>,
  paymentMethod?: string,
): Promise<Payment> {
  const booking = await confirmBooking(pair, price);
  const { payment } = await pay(pair, booking, paymentMethod);
  await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
  await world.settle();
  return pair.customer.client.call(payments.get, { params: { id: payment.id } });
}

/** The payment as it is now, read by its customer. */
export const readPayment = (pair: Pair, id: string): Promise<Payment> =>
  pair.customer.client.call(payments.get, { params: { id } });

/** The problem that a call must be refused with. */
export const problemOf = (call: Promise<unknown>): Promise<Problem> =>
  call.then(
    () => {
      throw new Error('This call was not refused.');
    },
    (error) => {
      if (error instanceof ApiError) return error.problem;
      throw error;
    },
  );

/** Lets the webhooks that are held back get lost, and holds no more. */
export async function loseWebhooks(world: MoneyWorld): Promise<void> {
  await world.sandbox.control.settled();
  const answer = await fetch(`${world.sandbox.url}/_sandbox/webhooks`);
  const { deliveries } = (await answer.json()) as { deliveries: { event: string; state: string }[] };
  for (const { event, state } of deliveries)
    if (state !== 'delivered')
      await fetch(`${world.sandbox.url}/_sandbox/webhooks/drop`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event }),
      });
  await world.sandbox.control.releaseWebhooks();
}
