import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson } from '../test/people.ts';
import { startWorld, type World } from '../test/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const cli = new URL('./admin-cli.ts', import.meta.url).pathname;

const recorded = async (action: string) =>
  (
    await world.ctx.db
      .selectFrom('admin_actions')
      .select('subject')
      .where('action', '=', action)
      .where('admin_id', 'is', null)
      .execute()
  ).map((line) => line.subject);

type Outcome = { code: number; output: string; errors: string };

const run = (arguments_: string[], environment: Record<string, string> = {}) =>
  new Promise<Outcome>((resolve) => {
    const env = { DATABASE_URL: world.ctx.config.databaseUrl, ...environment };
    const child = execFile(
      process.execPath,
      [cli, ...arguments_],
      { env, cwd: tmpdir() },
      (_error, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });

test('create makes an admin who can sign in, and shows the password once', async () => {
  const { code, output, errors } = await run(['create', 'Root@Example.org', '--name', 'Root']);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const password = /^ {2}(\S{24})$/m.exec(output)![1]!;
  const body = { email: 'root@example.org', password };
  const { user } = await world.client.call(accounts.login, { body });
  expect(user).toMatchObject({ role: 'admin', name: 'Root' });
  const again = await run(['create', 'root@example.org']);
  expect(again.code).toBe(1);
  expect(again.errors).toBe('This address has an account already. Nobody was made an admin.\n');
  expect(await recorded('admin.create')).toEqual([user.id]);
});

test('reset-second-factor lets an admin in with the password alone, and is recorded', async () => {
  const admin = await createPerson(world, { role: 'admin' });
  const { code, output } = await run(['reset-second-factor', admin.email]);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(admin.email) });
  const body = { email: admin.email, password: admin.password };
  expect((await world.client.call(accounts.login, { body })).user.id).toBe(admin.id);
  expect(await recorded('second-factor.reset')).toEqual([admin.id]);
  expect((await run(['reset-second-factor', admin.email])).errors).toBe(
    'There is no such account with a second factor.\n',
  );
});

test('what is not understood is said in one line, and nothing is made', async () => {
  expect((await run([])).errors).toContain('Usage:');
  expect((await run(['promote', 'a@example.org'])).errors).toContain('Usage:');
  expect((await run(['create', 'a@example.org', '--role', 'x'])).errors).toContain('Usage:');
  expect((await run(['create', 'nobody'])).errors).toBe('nobody is not an e-mail address.\n');
  const homeless = await run(['create', 'a@example.org'], { DATABASE_URL: '' });
  expect(homeless).toMatchObject({ code: 1, errors: expect.stringContaining('DATABASE_URL') });
});
