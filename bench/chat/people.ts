import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { addMs, dayMs } from '../../apps/server/src/clock.ts';
import type { Ctx } from '../../apps/server/src/context.ts';
import { hashToken } from '../../apps/server/src/http/authenticate.ts';
import { newId } from '../../apps/server/src/ids.ts';

export type Person = { id: string; role: 'customer' | 'contractor'; accessToken: string };

/** Proven accounts, each with a session, in two statements however many: nobody will ever sign in with a password. */
export async function makePeople(ctx: Ctx, roles: readonly Person['role'][]): Promise<Person[]> {
  const people = roles.map((role) => ({
    id: newId('usr'),
    role,
    accessToken: randomBytes(32).toString('base64url'),
  }));
  const now = ctx.clock.now();
  const end = addMs(now, 30 * dayMs);
  const ids = people.map(({ id }) => id);
  await sql`
    insert into users (id, role, email, email_verified_at, password_hash, name, locale, time_zone, created_at, updated_at)
    select id, role, lower(id) || '@example.org', ${now}, '', 'Somebody', 'en', 'UTC', ${now}, ${now}
    from unnest(${ids}::text[], ${roles}::text[]) as person (id, role)`.execute(ctx.db);
  await sql`
    insert into sessions (id, user_id, access_hash, access_expires_at, expires_at, created_at, last_used_at)
    select id, user_id, decode(hash, 'hex'), ${end}, ${end}, ${now}, ${now}
    from unnest(${ids.map(() => newId('ses'))}::text[], ${ids}::text[],
      ${people.map(({ accessToken }) => hashToken(accessToken).toString('hex'))}::text[]) as session (id, user_id, hash)
  `.execute(ctx.db);
  return people;
}

/** What autovacuum does by itself within a minute of so many new rows: until then plans are made for empty tables. */
export async function settleTables(ctx: Ctx, more: readonly string[] = []): Promise<void> {
  for (const table of ['users', 'sessions', 'rooms', 'room_members', ...more])
    await sql`vacuum (analyze) ${sql.table(table)}`.execute(ctx.db);
}

/** Empty rooms of these customers and contractors; their ids. */
export async function makeRooms(
  ctx: Ctx,
  pairs: readonly { customerId: string; contractorId: string }[],
): Promise<string[]> {
  const now = ctx.clock.now();
  const ids = pairs.map(() => newId('rom'));
  await sql`
    with input as (
      select * from unnest(${ids}::text[], ${pairs.map((one) => one.customerId)}::text[],
        ${pairs.map((one) => one.contractorId)}::text[]) as input (id, customer_id, contractor_id)
    ), opened as (
      insert into rooms (id, customer_id, contractor_id, last_message_at, created_at)
      select id, customer_id, contractor_id, ${now}, ${now} from input
    )
    insert into room_members (room_id, user_id)
    select id, customer_id from input union all select id, contractor_id from input`.execute(ctx.db);
  return ids;
}
