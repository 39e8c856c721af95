import { payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { dispute } from '../../test/disputed.ts';
import { holdMany } from '../../test/held.ts';
import {
  createPair,
  earn,
  type MoneyWorld,
  onboard,
  type Pair,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson } from '../../test/people.ts';
import { dayMs } from '../clock.ts';
import { newId } from '../ids.ts';
import { type AuditOptions, audit, auditTable, isClean } from './audit.ts';
import { compare, type Ours, type Theirs } from './compare.ts';
import { onOwnConnection } from './own-connection.ts';

let world: MoneyWorld;
beforeEach(async () => {
  world = await startMoneyWorld({ config: { logLevel: 'silent' } });
  return () => world.stop();
});

const look = (options: AuditOptions = {}) => audit(world.ctx, 5, { retryDelaysMs: [1, 1, 1], ...options });
const found = async (options?: AuditOptions) =>
  (await look(options)).flatMap(({ findings }) =>
    findings.map(({ subject, detail }) => `${subject}: ${detail}`),
  );

async function accountOf(pair: Pair): Promise<string> {
  const { account } = await pair.contractor.client.call(payouts.balance);
  return account.stripeAccountId!;
}

const withdraw = (pair: Pair) =>
  pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: newId('key') });

describe('an account that cannot be read', () => {
  test('and that nothing is on is told and no finding; everything else is checked all the same', async () => {
    const gone = await createPerson(world, { role: 'contractor' });
    const account = await onboard(world, gone);
    await world.sandbox.control.deauthorizeAccount(account);
    const results = await look();
    expect(isClean(results)).toBe(true);
    expect(results.flatMap(({ notRead }) => notRead)).toEqual([
      { subject: account, detail: expect.stringContaining('nothing of ours is on it') },
    ]);
    expect(auditTable(results)).toContain(account);
    const pair = await createPair(world);
    await world.ctx.stripe.transfers
      .create({ amount: 5, currency: 'eur', destination: await accountOf(pair) })
      .catch(() => undefined);
    await earn(world, pair);
    await world.ctx.stripe.transfers.create({
      amount: 5,
      currency: 'eur',
      destination: await accountOf(pair),
    });
    expect(await found()).toHaveLength(4);
  });

  test('is a finding, with the sum, if by our ledger money is there', async () => {
    const pair = await createPair(world);
    await earn(world, pair);
    const account = await accountOf(pair);
    await withdraw(pair);
    await world.settle();
    await earn(world, pair);
    await world.sandbox.control.deauthorizeAccount(account);
    await world.settle();
    const results = await look();
    expect(results.every(({ incomplete }) => incomplete === null)).toBe(true);
    expect(results.flatMap(({ findings }) => findings)).toEqual([
      {
        subject: account,
        detail: expect.stringMatching(/could not be read.*40500 eur on it, 40500 eur on the way to the bank/),
      },
    ]);
  });
});

describe('a Stripe that fails', () => {
  test.each(['429', '500', 'reset'] as const)('in passing (%s) is asked again', async (kind) => {
    await earn(world, await createPair(world));
    for (const path of ['/v1/transfers', '/v1/balance', '/v1/balance_transactions', '/v1/payouts'])
      await world.sandbox.control.injectFault({ method: 'GET', path, times: 2, kind, when: 'before' });
    expect(isClean(await look())).toBe(true);
  });

  test('for longer makes the check incomplete, not clean, and the other checks go on', async () => {
    const pair = await createPair(world);
    await earn(world, pair);
    await world.ctx.stripe.transfers.create({
      amount: 5,
      currency: 'eur',
      destination: await accountOf(pair),
    });
    await world.sandbox.control.injectFault({
      method: 'GET',
      path: '/v1/refunds',
      times: 100,
      kind: '500',
      when: 'before',
    });
    const results = await look();
    expect(isClean(results)).toBe(false);
    expect(results.filter(({ incomplete }) => incomplete !== null).map(({ name }) => name)).toEqual([
      'every refund is exactly one refund at Stripe, and back',
    ]);
    expect(results.flatMap(({ findings }) => findings).length).toBe(4);
    expect(auditTable(results)).toContain('????');
    await world.ctx.db.deleteFrom('reconciliations').execute();
  });
});

describe('what moved money at Stripe and is in none of our rows', () => {
  test.each<[string, (pair: Pair, account: string, charge: string) => Promise<unknown>, RegExp[]]>([
    [
      'a transfer',
      (_pair, account) =>
        world.ctx.stripe.transfers.create({ amount: 7, currency: 'eur', destination: account }),
      [/^tr_\w+: at Stripe \(-7 eur\)/, /^tr_\w+: at Stripe \(7 eur\)/],
    ],
    [
      'a refund',
      (_pair, _account, charge) => world.ctx.stripe.refunds.create({ charge, amount: 7 }),
      [/^re_\w+: at Stripe \(-7 eur\)/],
    ],
    [
      'a charge',
      () =>
        world.ctx.stripe.paymentIntents.create({
          amount: 700,
          currency: 'eur',
          confirm: true,
          payment_method: 'pm_card_bypassPending',
          return_url: 'https://example.org',
        }),
      [/^ch_\w+: at Stripe \(700 eur, fee \d+\)/],
    ],
    [
      'a payout of a connected account',
      (_pair, stripeAccount) =>
        world.ctx.stripe.payouts.create({ amount: 7, currency: 'eur' }, { stripeAccount }),
      [/^po_\w+: at Stripe \(-7 eur\)/, /^po_\w+: at Stripe \(7 eur pending\)/],
    ],
  ])('%s is found in both kinds of pass', async (_name, act, expected) => {
    const pair = await createPair(world);
    const payment = await earn(world, pair);
    const { stripe_charge_id } = await world.ctx.db
      .selectFrom('payments')
      .select('stripe_charge_id')
      .where('id', '=', payment.id)
      .executeTakeFirstOrThrow();
    expect(await found()).toEqual([]);
    await act(pair, await accountOf(pair), stripe_charge_id!);
    await world.settle();
    await world.sandbox.control.settled();
    for (const since of [null, new Date(world.ctx.clock.now().getTime() - dayMs)]) {
      const all = await found({ since });
      for (const pattern of expected) expect(all).toContainEqual(expect.stringMatching(pattern));
    }
  });

  test('but not what the operator does with the income of the platform', async () => {
    await earn(world, await createPair(world));
    await world.sandbox.clock.advance(3 * dayMs);
    const { available } = await world.ctx.stripe.balance.retrieve();
    expect(available[0]!.amount).toBeGreaterThan(1000);
    await world.ctx.stripe.payouts.create({ amount: 1000, currency: 'eur' });
    expect(await found()).toEqual([]);
  });
});

describe('what our rows say and Stripe does not know', () => {
  test.each<[string, string, string[]]>([
    ['transfer', 'stripe_transfer_id', ['tr_nowhere', 'platform transfer tr_nowhere']],
    ['charge', 'stripe_charge_id', ['platform charge ch_nowhere']],
    ['intent', 'stripe_payment_id', ['pi_nowhere']],
  ])('a %s is found', async (_name, column, expected) => {
    const payment = await earn(world, await createPair(world));
    const nowhere = expected.at(-1)!.split(' ').at(-1)!;
    await sql`update payments set ${sql.ref(column)} = ${nowhere} where id = ${payment.id}`.execute(
      world.ctx.db,
    );
    for (const since of [null, new Date(world.ctx.clock.now().getTime() - dayMs)]) {
      const all = await found({ since });
      for (const name of expected) expect(all).toContainEqual(expect.stringContaining(name));
    }
  });

  test('a fee that is not what Stripe has taken is found', async () => {
    const payment = await earn(world, await createPair(world));
    await sql`update payments set stripe_fee_minor = 1 where id = ${payment.id}`.execute(world.ctx.db);
    expect(await found()).toContainEqual(expect.stringMatching(/fee 1, Stripe .* fee \d{3,}/));
  });
});

test('an open dispute or chargeback without its freeze is found, and a freeze that has outlived one', async () => {
  const pair = await createPair(world);
  const [one, other] = await holdMany(world, [pair], 2, { atStripe: true });
  const { id } = await dispute(pair.customer, one!.bookingId);
  const lift = (lifted: string | null) =>
    sql`update payment_freezes set lifted_at = ${lifted} where subject = ${id}`.execute(world.ctx.db);
  expect(await found()).toEqual([]);
  await lift('2026-01-01');
  expect(await found()).toEqual([`${id}: is open and does not freeze ${one!.paymentId}`]);
  await sql`update disputes set state = 'withdrawn', closed_at = now()`.execute(world.ctx.db);
  expect(await found()).toEqual([]);
  await lift(null);
  expect(await found()).toEqual([`${id}: freezes ${one!.paymentId} and no such dispute about it is open`]);
  await lift('2026-01-01');
  await sql`insert into payment_freezes values
    ('frz_1', ${other!.paymentId}, 'chargeback', 'cbk_1', 'It says so.', now(), null)`.execute(world.ctx.db);
  expect(await found()).toEqual([
    `cbk_1: freezes ${other!.paymentId} and no such chargeback about it is open`,
  ]);
});

test('a pass with a window leaves what is older and final alone, and does not ask Stripe for it', async () => {
  const pair = await createPair(world);
  const old = await earn(world, pair);
  await world.advance(10 * dayMs);
  await world.ctx.db.deleteFrom('reconciliations').execute();
  const since = new Date(world.ctx.clock.now().getTime() - 8 * dayMs);
  await sql`update payments set stripe_transfer_id = 'tr_nowhere' where id = ${old.id}`.execute(world.ctx.db);
  const asked: string[] = [];
  world.ctx.stripe.on('request', ({ method, path }: { method: string; path: string }) =>
    asked.push(`${method} ${path.split('?')[0]}`),
  );
  expect(await found({ since })).toEqual([]);
  // The lists of what is new, and nothing for each thing that there ever was.
  expect(asked.toSorted()).toEqual([
    'GET /v1/balance_transactions',
    'GET /v1/disputes',
    'GET /v1/payment_intents',
    'GET /v1/refunds',
    'GET /v1/transfers',
    'GET /v1/transfers',
  ]);
  expect(await found()).not.toEqual([]);
});

test('a pass with a window still looks at what is older and not final', async () => {
  const pair = await createPair(world);
  await earn(world, pair);
  await withdraw(pair);
  await world.settle();
  await world.sandbox.clock.advance(1000);
  await sql`update payouts set updated_at = '2020-01-01', requested_at = '2020-01-01', status = 'in_transit'`.execute(
    world.ctx.db,
  );
  const since = new Date(world.ctx.clock.now().getTime() + dayMs);
  expect(await found({ since })).toEqual([expect.stringMatching(/in_transit, Stripe po_\w+ .* pending/)]);
});

describe('two lists of any length', () => {
  let ours: Map<string, Ours>;
  let theirs: Theirs[];
  beforeEach(() => {
    ours = new Map();
    theirs = [];
    for (let number = 0; number < 1234; number += 1) {
      const key = `k${String(number).padStart(5, '0')}`;
      const side = { key, subject: `s${number}`, state: 'same' };
      ours.set(key, { ...side, isRequired: true });
      theirs.push(side);
    }
  });

  /** The comparison of what is in memory, as the tables and Stripe's lists would answer it. */
  const differ = () =>
    onOwnConnection(world.ctx, async (own) => {
      const pass = { ctx: own, since: null, unreadable: new Set<string>(), notRead: [], retryDelaysMs: [] };
      const suspects = await compare(pass, {
        theirs: async function* () {
          for (let from = 0; from < theirs.length; from += 100) yield theirs.slice(from, from + 100);
        },
        ours: async (_pass, keys) => keys.flatMap((key) => ours.get(key) ?? []),
        unseen: async (_pass, after, limit) => {
          const { rows } = await sql<{ key: string }>`select key from audit_seen`.execute(own.db);
          const seen = new Set(rows.map(({ key }) => key));
          return [...ours.values()].filter(({ key }) => !seen.has(key) && key > after).slice(0, limit);
        },
        read: async (_pass, { key }) => theirs.find((one) => one.key === key),
      });
      return suspects.map(({ finding }) => `${finding.subject}: ${finding.detail}`);
    });

  test('that are the same differ in nothing', async () => {
    expect(await differ()).toEqual([]);
  });

  test('differ in what is missing, doubled, strange or changed, wherever it stands', async () => {
    ours.get('k00000')!.state = 'other';
    ours.delete('k00500');
    theirs.splice(700, 1);
    theirs.push({ ...theirs[40]! }, { key: 'k01000', subject: 'stranger', state: 'same' });
    expect((await differ()).toSorted()).toEqual([
      'k00000: ours s0 other, Stripe s0 same',
      'k00700: with us (s700 same), not at Stripe',
      'k01000: ours s1000 same, Stripe stranger same',
      's40: a second object for k00040',
      's500: at Stripe (same), not with us (k00500)',
    ]);
  });

  test('that have nothing in common end after a thousand differences', async () => {
    theirs = [];
    const found = await differ();
    expect(found.length).toBeGreaterThanOrEqual(1000);
    expect(found.length).toBeLessThan(1600);
  });
});
