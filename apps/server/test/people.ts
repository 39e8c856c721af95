import { randomBytes } from 'node:crypto';
import type { Client } from '@holdfast/client';
import { accounts } from '@holdfast/contract';
import { hash } from '@node-rs/argon2';
import { addMs, dayMs } from '../src/clock.ts';
import type { Role } from '../src/db/tables/accounts.ts';
import { hashToken } from '../src/http/authenticate.ts';
import { newId } from '../src/ids.ts';
import type { World } from './world.ts';

/** Somebody signed in: the client sends their access token. */
export type Person = {
  id: string;
  role: Role;
  name: string;
  email: string;
  password: string;
  accessToken: string;
  client: Client;
};

export type PersonOptions = { role: Role; name?: string; email?: string };

const password = 'correct horse battery';
let passwordHash: Promise<string> | undefined;
let counter = 0;

/**
 * A proven account with a session that lasts as long as any test's clock runs, written straight into the
 * database. For tests of other modules; tests of the accounts themselves use signUp.
 */
export async function createPerson(
  world: Pick<World, 'ctx' | 'client'>,
  options: PersonOptions,
): Promise<Person> {
  passwordHash ??= hash(password);
  const { ctx } = world;
  const now = ctx.clock.now();
  const { name, email } = nameOf(options);
  const id = newId('usr');
  const accessToken = randomBytes(32).toString('base64url');
  await ctx.db
    .insertInto('users')
    .values({
      id,
      role: options.role,
      email,
      email_verified_at: now,
      password_hash: await passwordHash,
      name,
      locale: 'en',
      time_zone: 'Europe/Vienna',
      // Without one, every endpoint for admins is closed.
      second_factor_at: options.role === 'admin' ? now : null,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await ctx.db
    .insertInto('sessions')
    .values({
      id: newId('ses'),
      user_id: id,
      access_hash: hashToken(accessToken),
      access_expires_at: addMs(now, 3650 * dayMs),
      expires_at: addMs(now, 3650 * dayMs),
      user_agent: 'test',
      address: '127.0.0.1',
      created_at: now,
      last_used_at: now,
    })
    .execute();
  return {
    id,
    role: options.role,
    name,
    email,
    password,
    accessToken,
    client: world.client.as(accessToken),
  };
}

/** The same through the API: register, read the code in the mail, verify. The session lives as long as any. */
export async function signUp(
  world: World,
  options: PersonOptions & { role: 'customer' | 'contractor' },
): Promise<Person> {
  const { name, email } = nameOf(options);
  await forgetRateLimits(world);
  const { userId } = await world.client.call(accounts.register, {
    body: { role: options.role, email, password, name, timeZone: 'Europe/Vienna' },
  });
  await world.drain();
  const { accessToken } = await world.client.call(accounts.verifyEmail, {
    body: { userId, code: newestCode(world, email) },
  });
  return {
    id: userId,
    role: options.role,
    name,
    email,
    password,
    accessToken,
    client: world.client.as(accessToken),
  };
}

/** The code in the newest mail to this address that holds one: it may have overtaken other mails. */
export function newestCode(world: World, email: string): string {
  const codes = world.mailbox
    .messages()
    .filter((one) => one.to.includes(email.toLowerCase()))
    .flatMap((one) => /\b\d{6}$/m.exec(one.text)?.[0] ?? []);
  if (codes.length === 0) throw new Error('No mail to this address holds a code.');
  return codes.at(-1)!;
}

/** All requests of a test come from one network address; this starts its counters afresh. */
export async function forgetRateLimits(world: World): Promise<void> {
  await world.ctx.db.deleteFrom('rate_limits').execute();
}

function nameOf(options: PersonOptions): { name: string; email: string } {
  counter += 1;
  return {
    name: options.name ?? `${options.role === 'customer' ? 'Cora' : 'Carl'} ${counter}`,
    email: options.email ?? `${options.role}${counter}-${randomBytes(3).toString('hex')}@example.org`,
  };
}
