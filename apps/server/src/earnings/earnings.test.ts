import { earnings, receipts } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContractor, earn, payOut } from '../../test/earned.ts';
import { refusal } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
let customer: Person;
let contractor: Person;

beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer', name: 'Ada Lovelace' });
  contractor = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());

const fresh = (timeZone?: string) => createContractor(world, { timeZone });
const done = (person: Person, at: string, more: Partial<Parameters<typeof earn>[1]> = {}) =>
  earn(world, { customer, contractor: person, at, ...more });
const grossByPeriod = async (person: Person, query: object) => {
  const { periods } = await person.client.call(earnings.report, { query });
  return Object.fromEntries(periods.map((one) => [one.period, one.amounts[0]?.gross ?? 0]));
};

describe('the report', () => {
  test('counts each release on the day of the contractor, also when clocks change', async () => {
    const person = await fresh();
    // 28 March 2027 has 23 hours in Vienna: it ends at 22:00 UTC, the day before it began at 23:00.
    await done(person, '2027-03-27T22:59:59.999Z', { amountMinor: 10_000 });
    await done(person, '2027-03-27T23:00:00.000Z', { amountMinor: 20_000 });
    await done(person, '2027-03-28T21:59:59.999Z', { amountMinor: 30_000 });
    await done(person, '2027-03-28T22:00:00.000Z', { amountMinor: 40_000 });
    const query = { groupBy: 'day', from: '2027-03-26', to: '2027-03-29' } as const;
    expect(await grossByPeriod(person, query)).toEqual({
      '2027-03-26': 0,
      '2027-03-27': 10_000,
      '2027-03-28': 50_000,
      '2027-03-29': 40_000,
    });
    expect(await grossByPeriod(person, { ...query, groupBy: 'week' })).toEqual({
      '2027-W12': 60_000,
      '2027-W13': 40_000,
    });
    expect(await grossByPeriod(person, { ...query, from: '2027-03-28', groupBy: 'month' })).toEqual({
      '2027-03': 90_000,
    });
  });

  test('counts the same releases differently for somebody who lives elsewhere', async () => {
    const [auckland, honolulu] = [await fresh('Pacific/Auckland'), await fresh('Pacific/Honolulu')];
    for (const person of [auckland, honolulu]) await done(person, '2026-12-31T10:30:00.000Z');
    const query = { groupBy: 'day', from: '2026-12-31', to: '2027-01-01' } as const;
    expect(await grossByPeriod(auckland, query)).toEqual({ '2026-12-31': 10_000, '2027-01-01': 0 });
    expect(await grossByPeriod(honolulu, query)).toEqual({ '2026-12-31': 10_000, '2027-01-01': 0 });
    const later = await fresh('Pacific/Auckland');
    await done(later, '2026-12-31T11:00:00.000Z');
    expect(await grossByPeriod(later, query)).toEqual({ '2026-12-31': 0, '2027-01-01': 10_000 });
  });

  test('keeps currencies apart, with zeros in every period, and totals that are their sums', async () => {
    const person = await fresh();
    await done(person, '2027-02-01T10:00:00Z', { amountMinor: 10_000, commissionMinor: 1000 });
    await done(person, '2027-02-01T11:00:00Z', { amountMinor: 5000, commissionMinor: 0 });
    await done(person, '2027-02-03T10:00:00Z', { amountMinor: 1500, commissionMinor: 150, currency: 'jpy' });
    const report = await person.client.call(earnings.report, {
      query: { from: '2027-02-01', to: '2027-02-03' },
    });
    const eur = { currency: 'eur', payments: 2, gross: 15_000, commission: 1000, net: 14_000 };
    const jpy = { currency: 'jpy', payments: 1, gross: 1500, commission: 150, net: 1350 };
    const nothing = { payments: 0, gross: 0, commission: 0, net: 0 };
    expect(report).toEqual({
      groupBy: 'day',
      from: '2027-02-01',
      to: '2027-02-03',
      timeZone: 'Europe/Vienna',
      totals: [eur, jpy],
      periods: [
        {
          period: '2027-02-01',
          from: '2027-02-01',
          to: '2027-02-01',
          amounts: [eur, { ...nothing, currency: 'jpy' }],
        },
        {
          period: '2027-02-02',
          from: '2027-02-02',
          to: '2027-02-02',
          amounts: ['eur', 'jpy'].map((currency) => ({ ...nothing, currency })),
        },
        {
          period: '2027-02-03',
          from: '2027-02-03',
          to: '2027-02-03',
          amounts: [{ ...nothing, currency: 'eur' }, jpy],
        },
      ],
    });
  });

  test('takes off what was taken back, when it was taken back, and counts parts as parts', async () => {
    const person = await fresh();
    const { paymentId, book } = await done(person, '2027-01-10T10:00:00Z', { amountMinor: 10_000 });
    // Half of it is reversed a month later: the platform gives back its half of the commission.
    const owner = { userId: person.id, paymentId };
    await book('reversal', '2027-02-10T10:00:00Z', [
      { account: 'contractor_balance', ...owner, debitMinor: 4500 },
      { account: 'commission', paymentId, debitMinor: 500 },
      { account: 'connected_stripe', ...owner, creditMinor: 4500 },
      { account: 'platform_stripe', paymentId, debitMinor: 4500 },
      { account: 'platform_stripe', paymentId, creditMinor: 5000 },
    ]);
    const { totals, periods } = await person.client.call(earnings.report, {
      query: { groupBy: 'month', from: '2027-01-01', to: '2027-02-28' },
    });
    expect(periods.map((one) => one.amounts[0])).toEqual([
      { currency: 'eur', payments: 1, gross: 10_000, commission: 1000, net: 9000 },
      { currency: 'eur', payments: 0, gross: -5000, commission: -500, net: -4500 },
    ]);
    expect(totals).toEqual([{ currency: 'eur', payments: 1, gross: 5000, commission: 500, net: 4500 }]);
    const table = await person.client.call(earnings.csv, { query: { from: '2027-02-01', to: '2027-02-28' } });
    expect(table).toContain(
      `2027-02-10,reversal,Repaint a kitchen,Ada,-50.00,-5.00,-45.00,EUR,${paymentId}\r\n`,
    );
    const receipt = await customer.client.call(receipts.get, { params: { paymentId } });
    expect(receipt).toContain('<td>Refund</td><td>-€50.00</td>');
  });

  test('knows nothing of payouts, of other contractors, or of what is only held', async () => {
    const person = await fresh();
    await done(person, '2027-02-01T10:00:00Z', { amountMinor: 30_000 });
    await done(contractor, '2027-02-01T10:00:00Z', { amountMinor: 70_000 });
    await payOut(world, person, { at: '2027-02-02T10:00:00Z', amountMinor: 5000 });
    const { totals } = await person.client.call(earnings.report, {
      query: { groupBy: 'month', from: '2027-02-01', to: '2027-02-28' },
    });
    expect(totals.map((one) => one.gross)).toEqual([30_000]);
  });

  test('of nothing has all its periods and no amounts', async () => {
    const report = await (await fresh()).client.call(earnings.report, { query: {} });
    expect(report.totals).toEqual([]);
    expect(report.periods).toHaveLength(30);
    expect(report.to).toBe('2027-03-01');
    expect(report.periods.every((one) => one.amounts.length === 0)).toBe(true);
  });

  test.each([
    [{ groupBy: 'year' }, 'query.groupBy'],
    [{ from: '2027-02-30' }, 'query.from'],
    [{ from: '1999-12-31', to: '2000-01-01' }, 'query.from'],
    [{ from: '2027-02-02', to: '2027-02-01' }, 'query.from'],
    [{ from: '2020-01-01', to: '2027-02-01' }, 'query.from'],
    [{ to: '2200-01-01' }, 'query.to'],
    [{ currency: 'eur' }, 'query.currency'],
  ])('and the table refuse %j', async (query, path) => {
    for (const endpoint of [earnings.report, earnings.csv]) {
      const error = await contractor.client.call(endpoint, { query: query as never }).catch((one) => one);
      expect(error.problem).toMatchObject({ code: 'validation_failed', errors: [{ path }] });
    }
  });
});

describe('the table', () => {
  test('has a line for each release, oldest first, and runs nothing in a spreadsheet', async () => {
    const person = await fresh();
    const hostile = await createPerson(world, { role: 'customer', name: '=cmd|x!A1 Mallory' });
    const late = await done(person, '2027-02-02T23:30:00Z', {
      title: 'Paint, "white"',
      currency: 'kwd',
      amountMinor: 12_340,
      commissionMinor: 1230,
    });
    const early = await earn(world, {
      customer: hostile,
      contractor: person,
      at: '2027-02-01T10:00:00Z',
      title: '=HYPERLINK("http://x")',
    });
    const table = await person.client.call(earnings.csv, { query: { from: '2027-02-01', to: '2027-02-03' } });
    // fetch has taken the byte order mark off.
    expect(table).toBe(
      [
        'date,kind,job,customer,gross,commission,net,currency,payment',
        `2027-02-01,release,"'=HYPERLINK(""http://x"")",'=cmd|x!A1,100.00,10.00,90.00,EUR,${early.paymentId}`,
        `2027-02-03,release,"Paint, ""white""",Ada,12.340,1.230,11.110,KWD,${late.paymentId}`,
        '',
      ].join('\r\n'),
    );
    expect(table).not.toContain('Lovelace');
  });

  test('is a file that belongs to one person', async () => {
    const response = await fetch(`${world.url}/api/earnings.csv`, {
      headers: { authorization: `Bearer ${contractor.accessToken}` },
    });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="earnings.csv"');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

test('all of it is for contractors who are signed in, each for themselves', async () => {
  const refusals = (client: Person['client']) =>
    Promise.all(
      [
        client.call(earnings.report, { query: {} }),
        client.call(earnings.csv, { query: {} }),
        client.call(earnings.upcoming, { query: {} }),
        client.call(earnings.statement, { params: { year: '2027' } }),
        client.call(earnings.statementData, { params: { year: '2027' } }),
      ].map(refusal),
    );
  expect(await refusals(customer.client)).toEqual(Array(5).fill('forbidden'));
  expect(await refusals(world.client)).toEqual(Array(5).fill('unauthenticated'));
});
