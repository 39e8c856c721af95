import { type Endpoint, type errorTable, operations } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson, forgetRateLimits } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const forAdmins = operations().filter(({ endpoint }) => endpoint.path.startsWith('/api/admin/'));

async function codeOf(endpoint: Endpoint, accessToken?: string): Promise<string> {
  const response = await fetch(`${world.url}${endpoint.path.replace(':id', 'x')}`, {
    method: endpoint.method,
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
  });
  return ((await response.json()) as { code: keyof typeof errorTable }).code;
}

test('every path under /api/admin is for admins only, and no other path is', () => {
  expect(forAdmins.length).toBeGreaterThan(15);
  for (const { id, endpoint } of operations())
    expect(endpoint.access === 'admin', id).toBe(endpoint.path.startsWith('/api/admin/'));
});

test('nobody else gets in: strangers, customers, contractors, admins without a second factor', async () => {
  const customer = await createPerson(world, { role: 'customer' });
  const contractor = await createPerson(world, { role: 'contractor' });
  const admin = await createPerson(world, { role: 'admin' });
  await world.ctx.db
    .updateTable('users')
    .set({ second_factor_at: null })
    .where('id', '=', admin.id)
    .execute();
  for (const { id, endpoint } of forAdmins) {
    await forgetRateLimits(world);
    expect(await codeOf(endpoint), id).toBe('unauthenticated');
    expect(await codeOf(endpoint, customer.accessToken), id).toBe('forbidden');
    expect(await codeOf(endpoint, contractor.accessToken), id).toBe('forbidden');
    expect(await codeOf(endpoint, admin.accessToken), id).toBe('second_factor_not_enrolled');
  }
});
