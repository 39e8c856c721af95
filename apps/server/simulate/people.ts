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
  await signIn(ctx, id, token);
  return { id, role, name, token };
}

async function signIn(ctx: Ctx, userId: string, token: string): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db
    .insertInto('sessions')
    .values({
      id: newId('ses'),
      user_id: userId,
      access_hash: hashToken(token),
      access_expires_at: addMs(now, 3650 * dayMs),
      expires_at: addMs(now, 3650 * dayMs),
      user_agent: 'simulation',
      address: '127.0.0.1',
      created_at: now,
      last_used_at: now,
    })
    .execute();
}

/** Who was suspended has to sign in again when it is over. Answers who did. */
export async function signInAgain(ctx: Ctx, people: readonly Person[]): Promise<Person[]> {
  const out = await ctx.db
    .selectFrom('users')
    .select('id')
    .where('suspended_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sessions')
            .select('id')
            .whereRef('user_id', '=', 'users.id')
            .where('revoked_at', 'is', null),
        ),
      ),
    )
    .execute();
  const found = people.filter((person) => out.some(({ id }) => id === person.id));
  for (const person of found) {
    person.token = randomBytes(32).toString('base64url');
    await signIn(ctx, person.id, person.token);
  }
  return found;
}
