import { randomBytes } from 'node:crypto';
import { addMs, dayMs } from '../src/clock.ts';
import type { Ctx } from '../src/context.ts';
import type { Role } from '../src/db/tables/accounts.ts';
import { hashToken } from '../src/http/authenticate.ts';
import { newId } from '../src/ids.ts';

export type Person = { id: string; role: Role; name: string; token: string };

/**
 * Somebody signed in, written straight into the database: signing up is tested elsewhere, and hashing passwords would
 * be most of what a simulation does. The session outlives every clock jump.
 */
export async function createPerson(ctx: Ctx, role: Role, name: string): Promise<Person> {
  const now = ctx.clock.now();
  const id = newId('usr');
  const token = randomBytes(32).toString('base64url');
  await ctx.db
    .insertInto('users')
    .values({
      id,
      role,
      email: `${name.toLowerCase()}@example.org`,
      email_verified_at: now,
      password_hash: 'nobody signs in with a password here',
      name,
      locale: 'en',
      time_zone: 'Europe/Vienna',
      second_factor_at: role === 'admin' ? now : null,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await ctx.db
    .insertInto('sessions')
    .values({
      id: newId('ses'),
      user_id: id,
      access_hash: hashToken(token),
      access_expires_at: addMs(now, 3650 * dayMs),
      expires_at: addMs(now, 3650 * dayMs),
      user_agent: 'simulation',
      address: '127.0.0.1',
      created_at: now,
      last_used_at: now,
    })
    .execute();
  return { id, role, name, token };
}
