import { commission as api, bookings, type CommissionReport, type ReportQuery } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { postJob, refusal } from '../../test/jobs.ts';
import { createPair, type MoneyWorld, type Pair, pay, startMoneyWorld } from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { dayMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';

let world: MoneyWorld;
let admin: Person;
let carl: Pair;
let dora: Pair;
let days: { first: string; last: string };
const today = () => world.ctx.clock.now().toISOString().slice(0, 10);

/** Pays, and completes or cancels, one job of each kind; a day passes between the first and the others. */
beforeAll(async () => {
  world = await startMoneyWorld();
  admin = await createPerson(world, { role: 'admin' });
  carl = await createPair(world);
  dora = { ...(await createPair(world)), customer: carl.customer };
  await world.ctx.db
    .updateTable('users')
    .set({ name: '=HYPERLINK("http://x.example","Dora")' })
    .where('id', '=', dora.contractor.id)
    .execute();
  const first = today();
  await complete(carl, 'painting', 45_000, 'eur');
  await world.advance(dayMs);
  await complete(carl, 'plumbing', 20_000, 'eur');
  await complete(dora, 'painting', 9_999, 'eur');
  await complete(dora, 'painting', 80_000, 'jpy');
  const held = await paid(carl, 'painting', 12_300, 'eur');
  await carl.contractor.client.call(bookings.cancel, { params: { id: held }, body: { reason: 'Ill.' } });
  await world.settle();
  days = { first, last: today() };
});
beforeEach(() => forgetRateLimits(world));
afterAll(() => world.stop());

type Category = 'painting' | 'plumbing';

async function paid(
  pair: Pair,
  category: Category,
  amount: number,
  currency: 'eur' | 'jpy',
): Promise<string> {
  const price = { amount, currency };
  const job = await postJob(pair.customer, { category, budget: price });
  const booking = await pair.customer.client.call(bookings.create, {
    body: { jobId: job.id, contractorId: pair.contractor.id, price },
  });
  await pair.contractor.client.call(bookings.confirm, { params: { id: booking.id } });
  await pay(pair, booking);
  await world.settle();
  return booking.id;
}

async function complete(...args: Parameters<typeof paid>): Promise<void> {
  const id = await paid(...args);
  const [{ customer, contractor }] = args;
  const { job } = await contractor.client.call(bookings.deliver, { params: { id }, body: { note: 'Done.' } });
  await customer.client.call(bookings.complete, { params: { id: job.id } });
  await world.settle();
}

const report = (
  groupBy: ReportQuery['groupBy'],
  from = days.first,
  to = days.last,
): Promise<CommissionReport> => admin.client.call(api.report, { query: { from, to, groupBy } });
const shown = (one: CommissionReport) =>
  one.rows.map((row) => [row.group, row.currency, row.gross, row.commission].join(' '));

/** What the ledger itself says, over all time. */
async function ledgerSums() {
  const { rows } = await sql<{ currency: string; commission: number; fees: number }>`
    select currency, coalesce(-sum(amount_minor) filter (where account = 'commission'), 0)::bigint as commission,
      coalesce(sum(amount_minor) filter (where account = 'stripe_fees'), 0)::bigint as fees
    from ledger_lines where account in ('commission', 'stripe_fees') group by currency order by currency`.execute(
    world.ctx.db,
  );
  return rows.map((row) => ({ ...row, net: row.commission - row.fees }));
}

const summed = (rows: CommissionReport['totals']) =>
  [...Map.groupBy(rows, (row) => row.currency)]
    .map(([currency, list]) => ({
      currency,
      commission: list.reduce((sum, row) => sum + row.commission, 0),
      fees: list.reduce((sum, row) => sum + row.stripeFees, 0),
      net: list.reduce((sum, row) => sum + row.netIncome, 0),
    }))
    .toSorted((one, other) => one.currency.localeCompare(other.currency));

test("however it is grouped, the sums are the ledger's", async () => {
  const ledger = await ledgerSums();
  expect(ledger.map((row) => row.currency)).toEqual(['eur', 'jpy']);
  expect(ledger.every((row) => row.commission > 0 && row.fees > 0)).toBe(true);
  for (const groupBy of ['day', 'month', 'category', 'contractor', 'currency'] as const) {
    const one = await report(groupBy);
    expect(summed(one.rows), groupBy).toEqual(ledger);
    expect(summed(one.totals), groupBy).toEqual(ledger);
  }
});

test('gross is what was released, by category, contractor and day; a refund costs its fee only', async () => {
  expect(shown(await report('category'))).toEqual([
    'painting eur 54999 5500',
    'painting jpy 80000 8000',
    'plumbing eur 20000 2000',
  ]);
  const byContractor = await report('contractor');
  expect(shown(byContractor).toSorted()).toEqual(
    [
      `${carl.contractor.id} eur 65000 6500`,
      `${dora.contractor.id} eur 9999 1000`,
      `${dora.contractor.id} jpy 80000 8000`,
    ].toSorted(),
  );
  expect(byContractor.rows.find((row) => row.group === carl.contractor.id)?.label).toBe(carl.contractor.name);
  expect(shown(await report('day'))).toEqual([
    `${days.first} eur 45000 4500`,
    `${days.last} eur 29999 3000`,
    `${days.last} jpy 80000 8000`,
  ]);
  const [eur] = (await report('currency')).totals;
  expect(eur).toMatchObject({ currency: 'eur', payments: 4, gross: 74_999, commission: 7500 });
});

test('a period holds both of its days and nothing else', async () => {
  expect((await report('currency', days.first, days.first)).totals).toMatchObject([
    { gross: 45_000, payments: 1 },
  ]);
  expect((await report('currency', '2020-01-01', '2020-12-31')).totals).toEqual([]);
});

test('the table for spreadsheets has the same rows, and no formula in a name', async () => {
  const query = { from: days.first, to: days.last, groupBy: 'contractor' as const };
  const table = await admin.client.call(api.reportCsv, { query });
  const [header, ...lines] = table.replace('\ufeff', '').trimEnd().split('\r\n');
  expect(header).toBe('group,label,payments,gross,commission,stripe fees,net income,currency');
  const { rows } = await report('contractor');
  const decimal = (minor: number, currency: string) =>
    currency === 'jpy' ? String(minor) : (minor / 100).toFixed(2);
  expect(lines.map((line) => line.split(',').slice(-6).join(' '))).toEqual(
    rows.map((row) =>
      [
        row.payments,
        ...[row.gross, row.commission, row.stripeFees, row.netIncome].map((one) =>
          decimal(one, row.currency),
        ),
        row.currency.toUpperCase(),
      ].join(' '),
    ),
  );
  expect(table).toContain(`,"'=HYPERLINK(""http://x.example"",""Dora"")",`);
});

test('a period that is none, or longer than three years, is refused; so is anybody else', async () => {
  const ask = (query: Record<string, string>, by = admin) =>
    refusal(by.client.call(api.report, { query } as never));
  expect(await ask({ from: '2027-03-02', to: '2027-03-01' })).toBe('validation_failed');
  expect(await ask({ from: '2020-01-01', to: '2027-03-01' })).toBe('validation_failed');
  expect(await ask({ from: '2027-03-01' })).toBe('validation_failed');
  expect(await ask({ from: '2027-03-01', to: '2027-03-01', groupBy: 'nonsense' })).toBe('validation_failed');
  expect(await ask({ from: '2027-03-01', to: '2027-03-01' }, carl.contractor)).toBe('forbidden');
});

// Last, because what it books stays.
test('commission that was booked back, and lines of no payment, are in it', async () => {
  const { id } = await world.ctx.db
    .selectFrom('payments')
    .select('id')
    .where('currency', '=', 'jpy')
    .executeTakeFirstOrThrow();
  const yen = async () => (await report('currency')).totals.find((row) => row.currency === 'jpy')!;
  const before = await yen();
  await inTransaction(world.ctx.db, async (tx) => {
    const now = world.ctx.clock.now();
    const contractor = { userId: dora.contractor.id, paymentId: id };
    await post(tx, now, {
      cause: 'test:reversal',
      paymentId: id,
      currency: 'jpy',
      lines: [
        { account: 'commission', paymentId: id, debitMinor: 800 },
        { account: 'contractor_balance', ...contractor, debitMinor: 7200 },
        { account: 'connected_stripe', ...contractor, creditMinor: 8000 },
      ],
    });
    await post(tx, now, {
      cause: 'test:fee',
      currency: 'jpy',
      lines: [
        { account: 'stripe_fees', debitMinor: 15 },
        { account: 'platform_stripe', creditMinor: 15 },
      ],
    });
  });
  expect(await yen()).toEqual({
    ...before,
    gross: before.gross - 8000,
    commission: before.commission - 800,
    stripeFees: before.stripeFees + 15,
    netIncome: before.netIncome - 815,
  });
  const { rows } = await report('category');
  expect(rows.at(-1)).toMatchObject({ group: null, currency: 'jpy', commission: 0, stripeFees: 15 });
  expect(summed(rows)).toEqual(await ledgerSums());
});
