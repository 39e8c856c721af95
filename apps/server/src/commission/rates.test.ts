import { admin as adminApi, commission as api, type CommissionRate } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { addMs, dayMs, secondMs } from '../clock.ts';
import { commissionRateAt } from './commission.ts';

let world: World;
let admin: Person;
let contractor: Person;
let other: Person;
beforeAll(async () => {
  world = await startWorld();
  admin = await createPerson(world, { role: 'admin' });
});
beforeEach(async () => {
  await forgetRateLimits(world);
  // Rules are never deleted: each test begins after those of the one before were ended.
  world.clock.advance(30 * dayMs);
  for (const category of [undefined, 'painting', 'plumbing'] as const)
    await set({ basisPoints: null, ...(category === undefined ? {} : { category }) });
  contractor = await createPerson(world, { role: 'contractor' });
  other = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());

type Input = {
  basisPoints: number | null;
  category?: 'painting' | 'plumbing';
  contractorId?: string;
  effectiveFrom?: string;
};
const set = (input: Input, by = admin): Promise<CommissionRate> =>
  by.client.call(api.setRate, { body: { reason: 'Agreed on.', ...input } });
const inDays = (days: number) => addMs(world.clock.now(), days * dayMs);
const rate = (who = contractor, category: 'painting' | 'plumbing' = 'painting', at = world.clock.now()) =>
  commissionRateAt(world.ctx, world.ctx.db, { category, contractorId: who.id, at });

test('without a rule the configured percentage applies', async () => {
  expect(await rate()).toBe(1000);
});

test('the narrowest rule wins: contractor in category, contractor, category, all', async () => {
  await set({ basisPoints: 900 });
  expect(await rate()).toBe(900);
  await set({ basisPoints: 800, category: 'painting' });
  expect([await rate(), await rate(contractor, 'plumbing')]).toEqual([800, 900]);
  await set({ basisPoints: 1200, contractorId: contractor.id });
  expect([await rate(), await rate(contractor, 'plumbing'), await rate(other)]).toEqual([1200, 1200, 800]);
  await set({ basisPoints: 0, contractorId: contractor.id, category: 'painting' });
  expect([await rate(), await rate(contractor, 'plumbing'), await rate(other, 'plumbing')]).toEqual([
    0, 1200, 900,
  ]);
  // Newer, and yet not narrower.
  world.clock.advance(secondMs);
  await set({ basisPoints: 500 });
  expect([await rate(), await rate(other, 'plumbing')]).toEqual([0, 500]);
});

test('a rule begins at its date of effect, to the millisecond, and the newest that has begun counts', async () => {
  await set({ basisPoints: 700, effectiveFrom: inDays(10).toISOString() });
  await set({ basisPoints: 600, effectiveFrom: inDays(5).toISOString() });
  const at = (time: Date) => rate(contractor, 'painting', time);
  expect(await at(addMs(inDays(5), -1))).toBe(1000);
  expect(await at(inDays(5))).toBe(600);
  expect(await at(addMs(inDays(10), -1))).toBe(600);
  expect(await at(inDays(10))).toBe(700);
});

test('of two rules with one date the one written later counts', async () => {
  for (const basisPoints of [100, 200, 300])
    await set({ basisPoints, effectiveFrom: inDays(1).toISOString() });
  expect(await rate(contractor, 'painting', inDays(1))).toBe(300);
});

test('a rule that is ended leaves it to the next broader one', async () => {
  await set({ basisPoints: 800, category: 'painting' });
  await set({ basisPoints: 400, contractorId: contractor.id });
  await set({ basisPoints: null, contractorId: contractor.id, effectiveFrom: inDays(3).toISOString() });
  expect(await rate()).toBe(400);
  expect(await rate(contractor, 'painting', inDays(3))).toBe(800);
  expect(await rate(contractor, 'plumbing', inDays(3))).toBe(1000);
});

test('a change is recorded in the audit log, and listed newest first with its filters', async () => {
  const made = await set({ basisPoints: 1250, contractorId: contractor.id });
  expect(made).toMatchObject({
    basisPoints: 1250,
    category: null,
    contractorId: contractor.id,
    createdBy: admin.id,
    effectiveFrom: world.clock.now().toISOString(),
  });
  const log = await admin.client.call(adminApi.listActions, { query: { subject: made.id } });
  expect(log.items[0]).toMatchObject({
    action: 'commission.set',
    details: { basisPoints: 1250, contractorId: contractor.id, reason: 'Agreed on.' },
  });
  world.clock.advance(secondMs);
  const newer = await set({ basisPoints: 1300, contractorId: contractor.id });
  const list = (query: Record<string, string>) => admin.client.call(api.listRates, { query });
  const first = await list({ contractorId: contractor.id, limit: '1' });
  const second = await list({ contractorId: contractor.id, cursor: first.nextCursor! });
  expect([...first.items, ...second.items]).toEqual([newer, made]);
  expect((await list({ category: 'tiling' })).items).toEqual([]);
});

test('dates in the past, too much, and people who are no contractors are refused', async () => {
  const past = addMs(world.clock.now(), -1).toISOString();
  expect(await refusal(set({ basisPoints: 1, effectiveFrom: past }))).toBe('validation_failed');
  expect(await refusal(set({ basisPoints: 1, effectiveFrom: '9999-12-31T23:59:59.999Z' }))).toBe(
    'validation_failed',
  );
  expect(await refusal(set({ basisPoints: 1, effectiveFrom: '2030-01-01' }))).toBe('validation_failed');
  for (const basisPoints of [9001, -1, 0.5])
    expect(await refusal(set({ basisPoints }))).toBe('validation_failed');
  expect(await refusal(set({ basisPoints: 9000 }))).toBe('no error');
  expect(await refusal(set({ basisPoints: 1, contractorId: admin.id }))).toBe('not_found');
  expect(await refusal(set({ basisPoints: 1, contractorId: `usr_${'0'.repeat(22)}` }))).toBe('not_found');
  expect(await refusal(set({ basisPoints: 1 }, contractor))).toBe('forbidden');
});

test('rules are never changed or deleted', async () => {
  for (const statement of ['update commission_rates set basis_points = 1', 'delete from commission_rates'])
    await expect(world.ctx.pool.query(statement)).rejects.toThrow('never updated or deleted');
});
