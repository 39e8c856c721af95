import { ApiError } from '@holdfast/client';
import { type Booking, bookings, payments, payouts } from '@holdfast/contract';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import {
  confirmBooking,
  createPair,
  loseWebhooks,
  type MoneyWorld,
  type Pair,
  pay,
  startMoneyWorld,
} from '../money-world.ts';
import { forgetRateLimits } from '../people.ts';

/*
 * Anything in any order, while Stripe fails and its webhooks are late, doubled, shuffled or lost. In the end every
 * promise is kept and the audit, which compares ledger, rows and Stripe in both directions, finds nothing.
 * A failing run prints its seed and its actions: keep them as a test of their own.
 */

const seed = 20_261_124;
const runs = 5;
const actionsPerRun = 45;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

let world: MoneyWorld;
beforeAll(async () => {
  world = await startMoneyWorld({ config: { logLevel: 'silent' } });
});
afterAll(() => world.stop());

type Party = Pair & { accountId: string | undefined };
type Run = { parties: Party[]; booked: { party: Party; booking: Booking }[]; keys: number };
/** `who` and `which` choose among what there is when the action is played. */
type Action =
  | { do: 'book' | 'fund' | 'earn'; who: number; price: { amount: number; currency: 'eur' | 'jpy' | 'huf' } }
  | { do: 'pay'; which: number; card: string }
  | { do: 'authenticate'; which: number; outcome: 'succeed' | 'fail' }
  | { do: 'complete' | 'cancel'; which: number }
  | { do: 'cancelAndComplete'; which: number }
  | { do: 'withdraw'; who: number; which: number; share: number; times: number }
  | { do: 'onboard' | 'restrict'; who: number; bank: string }
  | { do: 'failPayout'; which: number }
  | { do: 'advance'; durationMs: number }
  | { do: 'holdWebhooks' | 'loseWebhooks' | 'work' | 'retry' }
  | { do: 'releaseWebhooks'; order: 'inOrder' | 'reversed' | 'shuffled'; copies: number }
  | { do: 'fault'; path: string; kind: '500' | 'reset' | '429'; when: 'before' | 'after'; times: number };

const index = fc.nat({ max: 50 });
const just = <T extends Action['do']>(name: T) => fc.constant(name);
const currency = fc.constantFrom('eur' as const, 'jpy' as const, 'huf' as const);
const price = currency.chain((code) =>
  fc.integer({ min: 200, max: 900 }).map((steps) => ({ amount: steps * 100, currency: code })),
);
const cards = [
  'pm_card_bypassPending',
  'pm_card_bypassPending',
  'pm_card_bypassPending',
  'pm_card_visa',
  'pm_card_chargeDeclined',
  'pm_card_threeDSecure2Required',
];
const paths = [
  '/v1/payment_intents',
  '/v1/payment_intents/*/confirm',
  '/v1/payment_intents/*/cancel',
  '/v1/transfers',
  '/v1/payouts',
  '/v1/refunds',
  '/v1/accounts',
];

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: just('book'), who: index, price }) },
  { weight: 5, arbitrary: fc.record({ do: just('fund'), who: index, price }) },
  { weight: 6, arbitrary: fc.record({ do: just('earn'), who: index, price }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: just('pay'), which: index, card: fc.constantFrom(...cards) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: just('authenticate'),
      which: index,
      outcome: fc.constantFrom('succeed' as const, 'fail' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: just('complete'), which: index }) },
  { weight: 4, arbitrary: fc.record({ do: just('cancel'), which: index }) },
  { weight: 4, arbitrary: fc.record({ do: just('cancelAndComplete'), which: index }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: just('withdraw'),
      who: index,
      which: index,
      share: fc.constantFrom(0, 0.3, 1),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: just('onboard'),
      who: index,
      bank: fc.constantFrom('000123456789', '000123456789', '000111111116'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: just('restrict'), who: index, bank: fc.constant('') }) },
  { weight: 4, arbitrary: fc.record({ do: just('failPayout'), which: index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: just('advance'),
      durationMs: fc.constantFrom(minuteMs, 11 * minuteMs, 2 * hourMs, 2 * hourMs, 25 * hourMs),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: just('holdWebhooks') }) },
  { weight: 1, arbitrary: fc.record({ do: just('loseWebhooks') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: just('releaseWebhooks'),
      order: fc.constantFrom('inOrder' as const, 'reversed' as const, 'shuffled' as const),
      copies: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ do: just('work') }) },
  { weight: 2, arbitrary: fc.record({ do: just('retry') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: just('fault'),
      path: fc.constantFrom(...paths),
      kind: fc.constantFrom('500' as const, 'reset' as const, '429' as const),
      when: fc.constantFrom('before' as const, 'after' as const),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
);

/** What the API may answer at any time: success, a refusal, or that Stripe did not answer. Never a failure of ours. */
async function ask(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.problem.status >= 500 && error.problem.status !== 502))
      throw error;
  }
}

const pick = <T>(items: T[], at: number): T | undefined => items[at % items.length];

async function play(run: Run, action: Action): Promise<void> {
  const { control } = world.sandbox;
  switch (action.do) {
    case 'book': {
      const party = pick(run.parties, action.who)!;
      run.booked.push({ party, booking: await confirmBooking(party, action.price) });
      return;
    }
    case 'fund':
    case 'earn': {
      const party = pick(run.parties, action.who)!;
      const chosen = { party, booking: await confirmBooking(party, action.price) };
      run.booked.push(chosen);
      await playBooking(chosen, { do: 'pay', which: 0, card: 'pm_card_bypassPending' });
      if (action.do === 'fund') return;
      await playBooking(chosen, { do: 'complete', which: 0 });
      return world.drain();
    }
    case 'withdraw':
      return withdraw(run, action);
    case 'onboard':
    case 'restrict':
      return changeAccount(pick(run.parties, action.who)!, action);
    case 'failPayout':
      return failPayout(run, action.which);
    case 'advance':
      await world.sandbox.clock.advance(action.durationMs);
      return world.sweep();
    case 'holdWebhooks':
      return control.holdWebhooks();
    case 'loseWebhooks':
      return loseWebhooks(world);
    case 'releaseWebhooks':
      return control.releaseWebhooks(action);
    case 'work':
      return world.drain();
    case 'retry':
      return world.retryTasks();
    case 'fault':
      return control.injectFault({ ...action, method: 'POST' });
    default: {
      const chosen = pick(run.booked, action.which);
      if (chosen !== undefined) await playBooking(chosen, action);
    }
  }
}

type BookingAction = Extract<
  Action,
  { do: 'pay' | 'authenticate' | 'complete' | 'cancel' | 'cancelAndComplete' }
>;

async function playBooking({ party, booking }: Run['booked'][number], action: BookingAction): Promise<void> {
  const complete = () =>
    ask(party.customer.client.call(bookings.complete, { params: { id: booking.job.id } }));
  const cancel = () =>
    ask(party.contractor.client.call(bookings.cancel, { params: { id: booking.id }, body: {} }));
  if (action.do === 'pay') await ask(pay(party, booking, action.card));
  if (action.do === 'complete') await complete();
  if (action.do === 'cancel') await cancel();
  if (action.do === 'cancelAndComplete') await Promise.all([cancel(), complete()]);
  if (action.do === 'authenticate') {
    const query = { bookingId: booking.id };
    const { items } = await party.customer.client.call(payments.history, { query });
    const payment = items.find((item) => item.stripePaymentId !== null);
    if (payment === undefined) return;
    const intent = await world.ctx.stripe.paymentIntents.retrieve(payment.stripePaymentId!);
    if (intent.status === 'requires_action')
      await world.sandbox.control.completeAuthentication(intent.id, action.outcome);
  }
}

/** The same wish `times` at once under one key, and everything or a share of what is there. */
async function withdraw(run: Run, action: Extract<Action, { do: 'withdraw' }>): Promise<void> {
  const { contractor } = pick(run.parties, action.who)!;
  const { balances } = await contractor.client.call(payouts.balance);
  const balance = pick(
    balances.filter((one) => one.available > 0),
    action.which,
  );
  const amount = Math.floor(((balance?.available ?? 0) * action.share) / 100) * 100;
  run.keys += 1;
  const body = { currency: balance?.currency ?? 'eur', ...(amount > 0 ? { amount } : {}) };
  const idempotencyKey = `key-${run.keys}`;
  await Promise.all(
    Array.from({ length: action.times }, () =>
      ask(contractor.client.call(payouts.withdraw, { body, idempotencyKey })),
    ),
  );
}

async function changeAccount(
  party: Party,
  action: Extract<Action, { do: 'onboard' | 'restrict' }>,
): Promise<void> {
  if (action.do === 'restrict') {
    if (party.accountId !== undefined)
      await world.sandbox.control.changeAccount(party.accountId, 'restricted');
    return;
  }
  await ask(
    party.contractor.client.call(payouts.connect, { body: {} }).then(async ({ account }) => {
      party.accountId = account.stripeAccountId!;
      await world.sandbox.control.completeOnboarding(party.accountId, { bankAccountNumber: action.bank });
    }),
  );
}

/** The bank refuses a payout of this run, be it one that counted as paid. */
async function failPayout(run: Run, which: number): Promise<void> {
  const people = run.parties.map((party) => party.contractor.id);
  const { rows } = await sql<{ id: string }>`select stripe_payout_id as id from payouts
    where stripe_payout_id is not null and status <> 'failed' and contractor_id = any(${people})
    order by requested_at, id`.execute(world.ctx.db);
  const payout = pick(rows, which);
  // It may have failed already, and its webhook be held back.
  if (payout !== undefined) await world.sandbox.control.failPayout(payout.id).catch(() => undefined);
}

/** Whatever happened: what was released reaches the bank, all of it. */
async function withdrawAll(run: Run): Promise<void> {
  for (const { contractor } of run.parties) {
    const { balances } = await contractor.client.call(payouts.balance);
    for (const { currency: code, available } of balances)
      if (available > 0) {
        run.keys += 1;
        await contractor.client.call(payouts.withdraw, {
          body: { currency: code },
          idempotencyKey: `key-${run.keys}`,
        });
      }
  }
  // Faults that nothing has met yet are met now.
  for (let attempt = 0; attempt < 4; attempt += 1) await world.retryTasks();
  await world.advance(4 * dayMs);
  for (const { contractor } of run.parties) {
    const { balances } = await contractor.client.call(payouts.balance);
    for (const balance of balances)
      expect(balance).toMatchObject({ releasable: 0, pending: 0, available: 0, inTransit: 0 });
  }
}

/** Stripe works again, everybody is onboarded, and time passes until nothing is left to happen. */
async function comeToRest(run: Run): Promise<void> {
  await world.sandbox.control.releaseWebhooks({ order: 'shuffled', copies: 2 });
  await forgetRateLimits(world);
  for (const party of run.parties)
    for (let attempt = 0; attempt < 8; attempt += 1)
      await changeAccount(party, { do: 'onboard', who: 0, bank: '000123456789' });
  for (let attempt = 0; attempt < 6; attempt += 1) await world.retryTasks();
  for (let day = 0; day < 3; day += 1) await world.advance(dayMs);
  for (let attempt = 0; attempt < 3; attempt += 1) await world.retryTasks();
}

async function expectPromisesKept(): Promise<void> {
  const { rows: tasks } =
    await sql`select task_id, payload, last_error from graphile_worker._private_jobs`.execute(world.ctx.db);
  expect(tasks).toEqual([]);
  const { rows: unfinished } = await sql`
    select id, status from payments where status in ('pending', 'held')
      and (refund_requested_at is not null or release_requested_at is not null or abandoned_at is not null)
    union all select id, status from payments where status = 'released'
    union all select id, status from payouts where status in ('pending', 'in_transit')`.execute(world.ctx.db);
  expect(unfinished).toEqual([]);
  await expectAllAddsUp();
}

async function expectAllAddsUp(): Promise<void> {
  const results = await audit(world.ctx, 50);
  expect(results.flatMap((result) => result.findings)).toEqual([]);
}

test(`${runs} random histories of ${actionsPerRun} actions end with every promise kept`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyAction, { minLength: actionsPerRun, maxLength: actionsPerRun }),
      async (actions) => {
        await forgetRateLimits(world);
        const run: Run = { parties: [], booked: [], keys: 0 };
        for (const isOnboarded of [true, false])
          run.parties.push({ ...(await createPair(world, { isOnboarded })), accountId: undefined });
        for (const action of actions) await play(run, action);
        await comeToRest(run);
        await withdrawAll(run);
        await failPayout(run, 0);
        await world.settle();
        await expectAllAddsUp();
        await withdrawAll(run);
        await expectPromisesKept();
      },
    ),
    { seed, numRuns: runs, endOnFailure: true, unbiased: true },
  );
  const { rows } = await sql<{ status: string }>`
    select status, count(*) as n from payments group by 1 union all select 'payout ' || status, count(*) from payouts group by 1`.execute(
    world.ctx.db,
  );
  // The histories are worth nothing if nothing happens in them.
  expect(rows.map((row) => row.status)).toEqual(
    expect.arrayContaining(['payout failed', 'payout paid', 'withdrawn']),
  );
}, 120_000);
