import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { createAdmin } from './create-admin.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

test('a new admin signs in with the password that was made', async () => {
  const { userId, password } = await createAdmin(world.ctx, { email: 'root@example.org', name: 'Root' });
  const { user } = await world.client.call(accounts.login, { body: { email: 'root@example.org', password } });
  expect(user).toMatchObject({ id: userId, role: 'admin', name: 'Root' });
});

test('an address with an account is an error, and nobody is promoted', async () => {
  const person = await createPerson(world, { role: 'customer' });
  await expect(createAdmin(world.ctx, { email: person.email, name: 'X' })).rejects.toMatchObject({
    code: 'already_exists',
  });
  expect((await person.client.call(accounts.me)).role).toBe('customer');
});

test('unproven registrations of the address die', async () => {
  const email = 'claimed@example.org';
  const body = { role: 'customer', email, password: 'a long enough secret', name: 'Mallory' } as const;
  await world.client.call(accounts.register, { body });
  const { userId } = await createAdmin(world.ctx, { email, name: 'Admin' });
  const rows = await world.ctx.db.selectFrom('users').select('id').where('email', '=', email).execute();
  expect(rows).toEqual([{ id: userId }]);
});

test('two at once for one address: one wins', async () => {
  for (let round = 0; round < 10; round += 1) {
    const results = await Promise.allSettled(
      [1, 2].map(() => createAdmin(world.ctx, { email: `admin${round}@example.org`, name: 'Admin' })),
    );
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  }
});
