import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type StripeSandbox, startStripeSandbox } from '@holdfast/stripe-sandbox';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ledgerChecks } from '../../audit/ledger-checks.ts';
import { readConfig } from '../../config.ts';
import { type Ctx, closeContext, createContext } from '../../context.ts';
import { migrate } from '../../db/migrate.ts';
import { createLog } from '../../log.ts';
import { refreshRefund } from './apply.ts';
import { sendRefund } from './send.ts';

/*
 * A database of before refunds were rows of their own: a payment had one refund, known to Stripe by the payment alone.
 */

const name = `holdfast_earlier_${randomBytes(6).toString('hex')}`;
const address = new URL(inject('postgresUrl'));
address.pathname = `/${name}`;
const folder = new URL('../../../migrations/', import.meta.url);
const lastOfThen = '080-earnings.sql';

let sandbox: StripeSandbox;
let ctx: Ctx;

async function run(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const at = "'2026-03-01T10:00:00Z'";

/** A payment in this state, with its booking, its job and what the ledger said of it. */
const paymentRow = (
  id: string,
  columns: Record<string, string>,
  entries: [string, [string, number][]][] = [],
) => {
  const values: Record<string, string> = {
    id: `'pay_${id}'`,
    booking_id: `'bkg_${id}'`,
    job_id: `'job_${id}'`,
    customer_id: "'usr_c'",
    contractor_id: "'usr_k'",
    amount_minor: '1000',
    currency: "'eur'",
    commission_basis_points: '1000',
    commission_minor: '100',
    read_at: at,
    created_at: at,
    updated_at: at,
    ...columns,
  };
  const isOver = /refund|failed/.test(id);
  return [
    `insert into jobs (id, customer_id, title, description, category, budget_minor, currency, address, city, lat, lng, status, booked_contractor_id, created_at, updated_at)
      values ('job_${id}', 'usr_c', 'Paint', 'A wall.', 'painting', 1000, 'eur', 'Street 1', 'Vienna', 48, 16, 'booked', 'usr_k', ${at}, ${at})`,
    `insert into bookings (id, job_id, customer_id, contractor_id, price_minor, currency, state, answer_by, pay_by, confirmed_at, active_at, cancelled_by, ended_at, completed_at, completed_by, requested_at, updated_at)
      values ('bkg_${id}', 'job_${id}', 'usr_c', 'usr_k', 1000, 'eur', ${
        isOver
          ? `'cancelled', ${at}, ${at}, ${at}, ${at}, 'customer', ${at}, null, null`
          : columns.release_requested_at === undefined
            ? `'${id === 'held' ? 'active' : 'confirmed'}', ${at}, ${at}, ${at}, ${at}, null, null, null, null`
            : `'completed', ${at}, ${at}, ${at}, ${at}, null, null, ${at}, 'customer'`
      }, ${at}, ${at})`,
    `insert into payments (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`,
    ...entries.flatMap(([cause, lines]) => [
      `insert into ledger_entries (id, cause, payment_id, created_at) values ('led_${cause}_${id}', '${cause}:pay_${id}', 'pay_${id}', ${at})`,
      `insert into ledger_lines (entry_id, position, account, user_id, payment_id, currency, amount_minor) values ${lines
        .map(
          ([account, amount], position) =>
            `('led_${cause}_${id}', ${position}, '${account}', ${/contractor|connected/.test(account) ? "'usr_k'" : 'null'}, 'pay_${id}', 'eur', ${amount})`,
        )
        .join(', ')}`,
    ]),
  ];
};

const capture: [string, [string, number][]] = [
  'capture',
  [
    ['platform_stripe', 1000],
    ['escrow', -1000],
  ],
];
const release: [string, [string, number][]] = [
  'release',
  [
    ['escrow', 1000],
    ['commission', -100],
    ['contractor_balance', -900],
    ['connected_stripe', 900],
    ['platform_stripe', -900],
  ],
];
const sent: [string, [string, number][]] = [
  'refund',
  [
    ['escrow', 1000],
    ['platform_stripe', -1000],
  ],
];

/** What the code of then had stored to be sent. */
const callRow = (id: string, intent: string, columns: { first_sent_at?: string; stripe_id?: string }) =>
  `insert into stripe_calls (id, params, first_sent_at, succeeded_at, stripe_id, created_at) values ('refund:pay_${id}',
    '{"payment_intent":"${intent}","amount":1000,"metadata":{"payment_id":"pay_${id}","booking_id":"bkg_${id}"}}',
    ${columns.first_sent_at ?? 'null'}, ${columns.stripe_id === undefined ? 'null' : at},
    ${columns.stripe_id === undefined ? 'null' : `'${columns.stripe_id}'`}, ${at})`;

async function charged(id: string, paymentMethod = 'pm_card_bypassPending'): Promise<string> {
  const intent = await ctx.stripe.paymentIntents.create({
    amount: 1000,
    currency: 'eur',
    confirm: true,
    payment_method: paymentMethod,
    return_url: 'https://example.org/back',
    metadata: { payment_id: `pay_${id}` },
  });
  return intent.id;
}

/** As the code of then made it. */
const refundAtStripe = (id: string, intent: string) =>
  ctx.stripe.refunds.create(
    {
      payment_intent: intent,
      amount: 1000,
      metadata: { payment_id: `pay_${id}`, booking_id: `bkg_${id}` },
    },
    { idempotencyKey: `refund:pay_${id}:1` },
  );

beforeAll(async () => {
  sandbox = await startStripeSandbox();
  const stripe = {
    secretKey: sandbox.secretKey,
    publishableKey: sandbox.publishableKey,
    webhookSecrets: [],
    apiBase: sandbox.url,
  };
  const clock = { now: () => sandbox.clock.now() };
  const config = readConfig({ LOG_LEVEL: 'silent', PORT: '0', SOCKET_PORT: '0' });
  ctx = createContext(
    { ...config, databaseUrl: address.href, smtpUrl: 'smtp://127.0.0.1:9', stripe },
    clock,
    createLog('silent'),
  );
  await run(inject('postgresUrl'), `create database ${name}`);
  const then = readdirSync(folder).filter((file) => file.endsWith('.sql') && file <= lastOfThen);
  await run(address.href, ...then.sort().map((file) => readFileSync(new URL(file, folder), 'utf8')));
  await run(address.href, ...(await rowsOfThen()));
  // The migrations of then are there; the others are still to come.
  await run(
    address.href,
    'create table migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    ...then.map((file) => {
      const sha256 = createHash('sha256')
        .update(readFileSync(new URL(file, folder)))
        .digest('hex');
      return `insert into migrations (name, sha256) values ('${file}', '${sha256}')`;
    }),
  );
  await migrate(address.href);
});
afterAll(async () => {
  await closeContext(ctx);
  await sandbox.close();
  await run(inject('postgresUrl'), `drop database if exists ${name} with (force)`);
});

async function rowsOfThen(): Promise<string[]> {
  const now = `'${ctx.clock.now().toISOString()}'`;
  const unsent = await charged('refund_unsent');
  const lost = await charged('refund_lost');
  await refundAtStripe('refund_lost', lost);
  const pending = await charged('refund_pending', 'pm_card_pendingRefund');
  const underWay = await refundAtStripe('refund_pending', pending);
  const done = await charged('refund_done');
  const made = await refundAtStripe('refund_done', done);
  const asked = { status: "'held'", held_at: at, refund_requested_at: at };
  return [
    ...['c', 'k'].map(
      (
        id,
      ) => `insert into users (id, role, email, password_hash, name, locale, time_zone, created_at, updated_at)
        values ('usr_${id}', '${id === 'c' ? 'customer' : 'contractor'}', '${id}@example.org', 'x', 'X', 'en', 'UTC', ${at}, ${at})`,
    ),
    `insert into connected_accounts (user_id, country, stripe_account_id, created_at, updated_at) values ('usr_k', 'AT', 'acct_k', ${at}, ${at})`,
    ...paymentRow('pending', { status: "'pending'" }),
    ...paymentRow('failed', { status: "'failed'", failed_at: at }),
    ...paymentRow('held', { status: "'held'", held_at: at }, [capture]),
    ...paymentRow(
      'waiting',
      {
        status: "'held'",
        held_at: at,
        release_requested_at: at,
        release_waits_for: "'contractor_onboarding'",
      },
      [capture],
    ),
    ...paymentRow(
      'withdrawn',
      {
        status: "'withdrawn'",
        held_at: at,
        release_requested_at: at,
        released_at: at,
        withdrawn_at: at,
        stripe_transfer_id: "'tr_1'",
      },
      [capture, release],
    ),
    ...paymentRow(
      'released',
      {
        status: "'released'",
        held_at: at,
        release_requested_at: at,
        released_at: "'2026-03-02T10:00:00Z'",
        stripe_transfer_id: "'tr_2'",
      },
      [capture, release],
    ),
    `insert into payouts (id, contractor_id, amount_minor, currency, status, stripe_payout_id, request_key, requested_at, completed_at, read_at, updated_at)
      values ('pout_1', 'usr_k', 900, 'eur', 'paid', 'po_1', 'k', ${at}, ${at}, ${at}, ${at})`,
    `insert into ledger_entries (id, cause, payout_id, created_at) values ('led_po', 'payout:pout_1', 'pout_1', ${at})`,
    `insert into ledger_lines (entry_id, position, account, user_id, currency, amount_minor) values
      ('led_po', 0, 'contractor_balance', 'usr_k', 'eur', 900), ('led_po', 1, 'connected_stripe', 'usr_k', 'eur', -900)`,
    ...paymentRow('refund_unsent', { ...asked, stripe_payment_id: `'${unsent}'` }, [capture]),
    callRow('refund_unsent', unsent, {}),
    ...paymentRow('refund_lost', { ...asked, stripe_payment_id: `'${lost}'` }, [capture]),
    callRow('refund_lost', lost, { first_sent_at: now }),
    ...paymentRow(
      'refund_pending',
      { ...asked, stripe_payment_id: `'${pending}'`, stripe_refund_id: `'${underWay.id}'` },
      [capture],
    ),
    callRow('refund_pending', pending, { first_sent_at: at, stripe_id: underWay.id }),
    ...paymentRow(
      'refund_done',
      {
        ...asked,
        status: "'refunded'",
        refunded_at: at,
        stripe_payment_id: `'${done}'`,
        stripe_refund_id: `'${made.id}'`,
      },
      [capture, sent],
    ),
    callRow('refund_done', done, { first_sent_at: at, stripe_id: made.id }),
  ];
}

const refundOf = (id: string) =>
  ctx.db.selectFrom('refunds').selectAll().where('id', '=', `rfd_${id}`).executeTakeFirstOrThrow();
const statusOf = async (id: string) =>
  (
    await ctx.db
      .selectFrom('payments')
      .select('status')
      .where('id', '=', `pay_${id}`)
      .executeTakeFirstOrThrow()
  ).status;
async function expectSound() {
  for (const check of ledgerChecks) expect([check.name, await check.run(ctx)]).toEqual([check.name, []]);
}

test('the books of then are sound by the rules of now', expectSound);

test('a refund that had not been sent is sent', async () => {
  await sendRefund(ctx, { refundId: 'rfd_refund_unsent' });
  expect(await statusOf('refund_unsent')).toBe('refunded');
  await expectSound();
});

test('a refund whose answer had been lost is found, not made again', async () => {
  await sendRefund(ctx, { refundId: 'rfd_refund_lost' });
  expect(await refundOf('refund_lost')).toMatchObject({ status: 'succeeded' });
  const intent = (
    await ctx.db
      .selectFrom('payments')
      .select('stripe_payment_id')
      .where('id', '=', 'pay_refund_lost')
      .executeTakeFirstOrThrow()
  ).stripe_payment_id!;
  expect((await ctx.stripe.refunds.list({ payment_intent: intent })).data).toHaveLength(1);
  await expectSound();
});

test('a refund that the bank was working on ends as the bank says', async () => {
  const { stripe_refund_id } = await refundOf('refund_pending');
  await sendRefund(ctx, { refundId: 'rfd_refund_pending' });
  await sandbox.control.failRefund(stripe_refund_id!);
  await refreshRefund(ctx, stripe_refund_id!);
  expect(await refundOf('refund_pending')).toMatchObject({ status: 'failed' });
  await expectSound();
});

test('a refund that was done and comes back from the bank is owed again', async () => {
  const { stripe_refund_id } = await refundOf('refund_done');
  await sandbox.control.failRefund(stripe_refund_id!);
  await refreshRefund(ctx, stripe_refund_id!);
  expect(await refundOf('refund_done')).toMatchObject({ status: 'failed' });
  expect(await statusOf('refund_done')).toBe('held');
  await expectSound();
});
