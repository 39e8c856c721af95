import { receipts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { earn } from '../../test/earned.ts';
import { refusal } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { receiptNumber } from './number.ts';

let world: World;
let customer: Person;
let contractor: Person;

beforeAll(async () => {
  world = await startWorld({ config: { platformName: 'Jobs & Co' } });
  customer = await createPerson(world, { role: 'customer', name: 'Ada <b>& Co' });
  contractor = await createPerson(world, { role: 'contractor', name: '<script>alert(1)</script>' });
});
afterAll(() => world.stop());

const paid = (more = {}) =>
  earn(world, { customer, contractor, at: '2026-12-31T23:30:00.000Z', amountMinor: 123_456, ...more });
const get = (person: Person, paymentId: string, headers = {}) =>
  fetch(`${world.url}/api/receipts/${paymentId}`, {
    headers: { authorization: `Bearer ${person.accessToken}`, ...headers },
  });

test('a receipt names both, the job, the day and the amount as the customer writes them', async () => {
  await world.ctx.db.updateTable('users').set({ locale: 'de-AT' }).where('id', '=', customer.id).execute();
  const { paymentId } = await paid({ title: '"Walls" & <img src=x onerror=alert(1)>' });
  const page = await (await get(customer, paymentId)).text();
  expect(page).toContain(`<dt>Number</dt><dd>${receiptNumber(paymentId)}</dd>`);
  expect(page).toContain('<dt>Platform</dt><dd>Jobs &amp; Co</dd>');
  expect(page).toContain('<dd>Ada &lt;b&gt;&amp; Co</dd>');
  expect(page).toContain('<dd>&lt;script&gt;alert(1)&lt;/script&gt;</dd>');
  expect(page).toContain('<dd>&quot;Walls&quot; &amp; &lt;img src=x onerror=alert(1)&gt;</dd>');
  expect(page).toContain(paymentId);
  // The money was taken an hour before it was released: at half past eleven in Vienna, still in the old year.
  expect(page.replaceAll(/\s/g, ' ')).toContain(
    '<td>31. Dezember 2026</td><td>Payment</td><td>€ 1.234,56</td>',
  );
  expect(page).not.toMatch(/<script|<img|Refund/);
});

test('what happens between the platform and the contractor is not on it', async () => {
  const { paymentId, book } = await paid();
  await book('fee', '2027-01-01T10:00:00Z', [
    { account: 'stripe_fees', paymentId, debitMinor: 300 },
    { account: 'platform_stripe', paymentId, creditMinor: 300 },
  ]);
  const page = await (await get(customer, paymentId)).text();
  expect(page.match(/<td>(Payment|Refund)<\/td>/g)).toEqual(['<td>Payment</td>']);
});

test('it may not be kept by others, and is not sent again while nothing has changed', async () => {
  const { paymentId, book } = await paid();
  const first = await get(customer, paymentId);
  const etag = first.headers.get('etag')!;
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  expect(first.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+';/,
  );
  const again = await get(customer, paymentId, { 'if-none-match': `"other", W/${etag}` });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  await book('refund', '2027-01-02T10:00:00Z', [
    { account: 'commission', paymentId, debitMinor: 1000 },
    { account: 'platform_stripe', paymentId, creditMinor: 1000 },
  ]);
  const changed = await get(customer, paymentId, { 'if-none-match': etag });
  expect(changed.status).toBe(200);
  expect(await changed.text()).toContain('<td>Refund</td>');
});

test('it is for the customer of the payment alone', async () => {
  const { paymentId } = await paid();
  const params = { paymentId };
  const other = await createPerson(world, { role: 'customer' });
  expect(await refusal(other.client.call(receipts.get, { params }))).toBe('not_found');
  expect(await refusal(contractor.client.call(receipts.get, { params }))).toBe('forbidden');
  expect(await refusal(world.client.call(receipts.get, { params }))).toBe('unauthenticated');
  expect((await get(other, paymentId, { 'if-none-match': '*' })).status).toBe(404);
  expect(await refusal(customer.client.call(receipts.get, { params: { paymentId: 'pay_1' } }))).toBe(
    'validation_failed',
  );
});

test('its number depends on the payment alone', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => receiptNumber(`pay_${index}`));
  expect(new Set(numbers).size).toBe(1000);
  for (const number of numbers) expect(number).toMatch(/^R(-[0-9A-HJKMNP-TV-Z]{4}){4}$/);
  expect(receiptNumber('pay_1')).toBe(receiptNumber('pay_1'));
});
