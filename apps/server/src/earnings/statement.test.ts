import { earnings } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContractor, earn, payOut } from '../../test/earned.ts';
import { refusal } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
let customer: Person;

beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer' });
});
afterAll(() => world.stop());

const fresh = (name?: string) => createContractor(world, { name });
const done = (person: Person, at: string, more: Partial<Parameters<typeof earn>[1]> = {}) =>
  earn(world, { customer, contractor: person, at, ...more });

describe('the statement', () => {
  test('accounts for every minor unit of the year: before, earned, paid out, left', async () => {
    const person = await fresh();
    await done(person, '2025-12-31T22:59:59.999Z', { amountMinor: 10_000, commissionMinor: 1000 });
    await done(person, '2025-12-31T23:00:00.000Z', { amountMinor: 20_000, commissionMinor: 2000 });
    await done(person, '2026-07-01T10:00:00Z', { amountMinor: 5000, commissionMinor: 500, currency: 'usd' });
    await done(person, '2026-12-31T23:00:00.000Z', { amountMinor: 70_000, commissionMinor: 7000 });
    await payOut(world, person, { at: '2026-02-03T10:00:00Z', amountMinor: 15_000 });
    await payOut(world, person, {
      at: '2026-03-03T10:00:00Z',
      amountMinor: 4000,
      returnedAt: '2026-04-05T10:00:00Z',
    });
    const statement = await person.client.call(earnings.statementData, { params: { year: '2026' } });
    expect(statement).toMatchObject({ year: 2026, isComplete: true, contractor: { name: person.name } });
    expect(statement.currencies.map((one) => one.currency)).toEqual(['eur', 'usd']);
    const [eur, usd] = statement.currencies;
    expect(eur).toMatchObject({
      openingBalance: 9000,
      totals: { payments: 1, gross: 20_000, commission: 2000, net: 18_000, paidOut: 15_000 },
      closingBalance: 12_000,
    });
    expect(eur!.months.map((one) => one.net)).toEqual([18_000, ...Array(11).fill(0)]);
    expect(eur!.months.map((one) => one.paidOut)).toEqual([0, 15_000, 4000, -4000, ...Array(8).fill(0)]);
    expect(usd).toMatchObject({ openingBalance: 0, totals: { gross: 5000 }, closingBalance: 4500 });
    const next = await person.client.call(earnings.statementData, { params: { year: '2027' } });
    expect(next).toMatchObject({ isComplete: false });
    expect(next.currencies[0]).toMatchObject({ openingBalance: 12_000, closingBalance: 75_000 });
    expect(next.currencies[1]).toMatchObject({ openingBalance: 4500, closingBalance: 4500 });
  });

  test('as a page shows the same, is safe to open and asks for nothing', async () => {
    const person = await fresh('<script>alert(1)</script>');
    await world.ctx.db.updateTable('users').set({ locale: 'de-AT' }).where('id', '=', person.id).execute();
    await done(person, '2026-05-01T10:00:00Z', { amountMinor: 123_456, commissionMinor: 12_346 });
    const response = await fetch(`${world.url}/api/earnings/statement/2026`, {
      headers: { authorization: `Bearer ${person.accessToken}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const page = await response.text();
    expect(page).not.toContain('<script');
    expect(page).toContain('<dd>&lt;script&gt;alert(1)&lt;/script&gt;</dd>');
    expect(page.replaceAll(/\s/g, ' ')).toContain(
      '<tr><td>Mai</td><td>1</td><td>€ 1.234,56</td><td>€ 123,46</td><td>€ 1.111,10</td><td>€ 0,00</td></tr>',
    );
    const empty = await person.client.call(earnings.statement, { params: { year: '2024' } });
    expect(empty).toContain('Nothing was earned');
    const now = await person.client.call(earnings.statement, { params: { year: '2027' } });
    expect(now).toContain('1. März 2027; the year is not over');
  });

  test.each(['2023', '2028'])('of %s, when there was no account, does not exist', async (year) => {
    const person = await fresh();
    for (const endpoint of [earnings.statement, earnings.statementData])
      expect(await refusal(person.client.call(endpoint, { params: { year } }))).toBe('not_found');
  });

  test.each(['1999', '26', '2200', '2026a'])('of %s is no statement', async (year) => {
    expect(await refusal((await fresh()).client.call(earnings.statement, { params: { year } }))).toBe(
      'validation_failed',
    );
  });
});
