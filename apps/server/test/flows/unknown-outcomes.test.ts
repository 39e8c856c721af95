import { bookings, payments, payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { newId } from '../../src/ids.ts';
import { resumeCall } from '../../src/stripe-calls/stripe-calls.ts';
import {
  confirmBooking,
  createPair,
  earn,
  loseWebhooks,
  type MoneyWorld,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';
import { forgetRateLimits } from '../people.ts';

/*
 * Stripe falls silent for three minutes in the middle of a call: before it did anything, or after it did everything.
 * Five minutes after it speaks again every call has an outcome, whether its webhooks came or not.
 */

const minuteMs = 60_000;

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld({ config: { logLevel: 'silent' } });
});
afterAll(() => world.stop());

type Scene = { pair: Pair; act: () => Promise<unknown>; after: () => Promise<void> };
type Kind = { name: string; path: string; prepare: () => Promise<Scene> };

/** Whoever asks is told that the provider did not answer, and does not come back. */
const giveUp = (call: Promise<unknown>) => call.catch(() => undefined);
const statusOf = async (table: 'payments' | 'payouts', person: string) => {
  const { rows } = await sql<{ status: string }>`select status from ${sql.table(table)}
    where contractor_id = ${person} order by updated_at desc limit 1`.execute(world.ctx.db);
  return rows[0]?.status;
};

const kinds: Kind[] = [
  {
    name: 'customer',
    path: '/v1/customers',
    prepare: async () => {
      const pair = await createPair(world);
      const booking = await confirmBooking(pair);
      const create = () =>
        pair.customer.client.call(payments.createIntent, { body: { bookingId: booking.id } });
      return { pair, act: () => giveUp(create()), after: async () => void (await create()) };
    },
  },
  {
    name: 'intent',
    path: '/v1/payment_intents',
    prepare: async () => {
      const pair = await createPair(world);
      await pay(pair, await confirmBooking(pair));
      const booking = await confirmBooking(pair);
      const create = () =>
        pair.customer.client.call(payments.createIntent, { body: { bookingId: booking.id } });
      return { pair, act: () => giveUp(create()), after: async () => void (await create()) };
    },
  },
  {
    name: 'confirm',
    path: '/v1/payment_intents/*/confirm',
    prepare: async () => {
      const pair = await createPair(world);
      const booking = await confirmBooking(pair);
      const { payment } = await pair.customer.client.call(payments.createIntent, {
        body: { bookingId: booking.id },
      });
      const body = { paymentId: payment.id, paymentMethod: 'pm_card_bypassPending' };
      const confirm = () => pair.customer.client.call(payments.confirm, { body });
      return {
        pair,
        act: () => giveUp(confirm()),
        after: async () => expect((await confirm()).payment.status).toBe('held'),
      };
    },
  },
  {
    name: 'account',
    path: '/v1/accounts',
    prepare: async () => {
      const pair = await createPair(world, { isOnboarded: false });
      const connect = () => pair.contractor.client.call(payouts.connect, { body: {} });
      return { pair, act: () => giveUp(connect()), after: async () => void (await connect()) };
    },
  },
  {
    name: 'release',
    path: '/v1/transfers',
    prepare: async () => {
      const pair = await createPair(world);
      const booking = await confirmBooking(pair);
      await pay(pair, booking);
      return {
        pair,
        act: async () => {
          await pair.customer.client.call(bookings.complete, { params: { id: booking.job.id } });
          await world.drain();
        },
        after: async () => expect(await statusOf('payments', pair.contractor.id)).toBe('released'),
      };
    },
  },
  {
    name: 'refund',
    path: '/v1/refunds',
    prepare: async () => {
      const pair = await createPair(world);
      const booking = await confirmBooking(pair);
      await pay(pair, booking);
      return {
        pair,
        act: async () => {
          await pair.customer.client.call(bookings.cancel, { params: { id: booking.id }, body: {} });
          await world.drain();
        },
        after: async () => expect(await statusOf('payments', pair.contractor.id)).toBe('refunded'),
      };
    },
  },
  {
    name: 'payout',
    path: '/v1/payouts',
    prepare: async () => {
      const pair = await createPair(world);
      await earn(world, pair);
      return {
        pair,
        act: async () => {
          // Only the sending meets the silence: the balance is asked for before it begins.
          await world.drain();
        },
        after: async () => expect(await statusOf('payouts', pair.contractor.id)).toBe('pending'),
      };
    },
  },
];

/** Stripe answers nothing; with `done` it carries the next call of this kind out before it falls silent. */
async function silence(path: string, isDone: boolean): Promise<void> {
  const { control } = world.sandbox;
  if (isDone) await control.injectFault({ method: 'POST', path, times: 1, kind: 'reset', when: 'after' });
  else await control.injectFault({ method: 'POST', path, times: 1, kind: 'reset', when: 'before' });
  await control.injectFault({ method: '*', path: '/v1/*', times: 1000, kind: 'reset', when: 'before' });
}

async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await world.sandbox.clock.advance(minuteMs);
    await world.sweep();
  }
}

async function unknownCalls(): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from stripe_calls where first_sent_at is not null and stripe_id is null`.execute(world.ctx.db);
  return rows.map((row) => row.id);
}

/** How many objects of a kind Stripe has that carry this name in their metadata, over all accounts. */
async function countAtStripe(kind: string, pair: Pair): Promise<number> {
  const { stripe, db } = world.ctx;
  const { rows } = await sql<{ id: string }>`
    select id from payments where contractor_id = ${pair.contractor.id}
    union all select id from payouts where contractor_id = ${pair.contractor.id}`.execute(db);
  const names = new Set([pair.customer.id, pair.contractor.id, ...rows.map((row) => row.id)]);
  const account = await db
    .selectFrom('connected_accounts')
    .select('stripe_account_id')
    .where('user_id', '=', pair.contractor.id)
    .executeTakeFirst();
  const stripeAccount = account?.stripe_account_id ?? undefined;
  const lists = {
    customer: () => stripe.customers.list({ limit: 100 }),
    intent: () => stripe.paymentIntents.list({ limit: 100 }),
    confirm: () => stripe.charges.list({ limit: 100 }),
    account: () => stripe.accounts.list({ limit: 100 }),
    release: () => stripe.transfers.list({ limit: 100 }),
    refund: () => stripe.refunds.list({ limit: 100 }),
    payout: () => stripe.payouts.list({ limit: 100 }, { stripeAccount: stripeAccount! }),
  };
  let count = 0;
  for await (const one of lists[kind as keyof typeof lists]() as AsyncIterable<{
    metadata: Record<string, string> | null;
  }>)
    if (Object.values(one.metadata ?? {}).some((value) => names.has(value))) count += 1;
  return count;
}

describe.each(kinds)('the call for a $name', ({ name, path, prepare }) => {
  test.each([
    [true, 'lost'],
    [true, 'sent'],
    [false, 'lost'],
  ])('made: %s, webhooks %s: has an outcome in time, and was made once', async (isDone, webhooks) => {
    await forgetRateLimits(world);
    const scene = await prepare();
    await world.settle();
    if (name === 'payout')
      await scene.pair.contractor.client.call(payouts.withdraw, {
        body: { currency: 'eur' },
        idempotencyKey: newId('key'),
      });
    const before = await countAtStripe(name, scene.pair);
    if (webhooks === 'lost') await world.sandbox.control.holdWebhooks();
    await silence(path, isDone);
    await scene.act();
    expect(await unknownCalls()).toHaveLength(1);
    if (webhooks === 'sent') await world.sandbox.control.settled();
    await pass(3);
    expect(await unknownCalls()).toHaveLength(1);
    await world.sandbox.control.clearFaults();
    await pass(5);
    expect(await unknownCalls()).toEqual([]);
    // Nobody waits for these any more: what was not made is not made now.
    const isPromise = ['release', 'refund', 'payout'].includes(name);
    expect(await countAtStripe(name, scene.pair)).toBe(before + (isDone || isPromise ? 1 : 0));
    await forgetRateLimits(world);
    await scene.after();
    expect(await countAtStripe(name, scene.pair)).toBe(before + 1);
    if (webhooks === 'lost') await loseWebhooks(world);
    await world.settle();
    expect(await unknownCalls()).toEqual([]);
  });
});

test('a call is asked for at most every two minutes, and not while it is under way', async () => {
  const now = world.ctx.clock.now();
  await sql`insert into stripe_calls (id, params, first_sent_at, last_sent_at, created_at)
    values ('release:pay_nobody', '{}', ${now}, ${now}, ${now})`.execute(world.ctx.db);
  const asked = async () => {
    await world.sweep();
    const { rows } = await sql<{ at: Date | null }>`
      select asked_at as at from stripe_calls where id = 'release:pay_nobody'`.execute(world.ctx.db);
    return rows[0]!.at?.getTime();
  };
  expect(await asked()).toBeUndefined();
  await world.sandbox.clock.advance(minuteMs);
  const first = await asked();
  expect(first).toBeDefined();
  await world.sandbox.clock.advance(minuteMs);
  expect(await asked()).toBe(first);
  await world.sandbox.clock.advance(minuteMs + 1000);
  expect(await asked()).toBeGreaterThan(first!);
  await sql`delete from stripe_calls where id = 'release:pay_nobody'`.execute(world.ctx.db);
  await sql`delete from graphile_worker._private_jobs`.execute(world.ctx.db);
});

test('a kind of call that nobody resumes is a task that fails, not one that is forgotten', async () => {
  await expect(resumeCall({})(world.ctx, { callId: 'novelty:x' })).rejects.toThrow('Nobody resumes');
});

test('after all of it everything adds up', async () => {
  const results = await audit(world.ctx, 100);
  expect(results.flatMap((result) => result.findings)).toEqual([]);
});
