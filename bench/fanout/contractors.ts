import type { Ctx } from '../../apps/server/src/context.ts';

const insertAtOnce = 10_000;

/**
 * Contractors who paint within 30 km of Vienna, each with a phone, and half as many besides who do not paint or are too
 * far away. One in ten reads German, one in twenty has quiet hours and one in fifty wants no pushes of jobs.
 */
export async function seedContractors(ctx: Ctx, matching: number): Promise<void> {
  const total = Math.floor(matching * 1.5);
  const now = ctx.clock.now();
  for (let from = 0; from < total; from += insertAtOnce)
    await seedSome(ctx, now, { from, to: Math.min(total, from + insertAtOnce) - 1, matching });
  await ctx.pool.query('analyze');
}

type Range = { from: number; to: number; matching: number };

async function seedSome(ctx: Ctx, now: Date, { from, to, matching }: Range): Promise<void> {
  const query = (text: string) => ctx.pool.query({ text, values: [from, to, now] });
  // In no order, as ids are.
  const id = (prefix: string) => `'${prefix}_' || substr(md5('bench' || n), 1, 22)`;
  const people = 'from generate_series($1::int, $2::int) as n, (select $3::timestamptz as now) at';
  await query(`insert into users (id, role, email, email_verified_at, password_hash, name, locale, time_zone, created_at, updated_at)
    select ${id('usr')}, 'contractor', 'contractor' || n || '@bench.example', now, 'none', 'Contractor ' || n,
      case when n % 10 = 0 then 'de-AT' else 'en' end, 'Europe/Vienna', now, now ${people}`);
  await query(`insert into contractor_profiles (user_id, headline, bio, categories, skills, centre_lat, centre_lng, radius_km, created_at, updated_at)
    select ${id('usr')}, 'Walls', 'Twenty years.',
      case when n < ${matching} or n % 2 = 0 then array['painting', 'flooring'] else array['plumbing'] end, '{}',
      case when n < ${matching} then 48.2 + sin(n) * 0.1 else 40 + sin(n) end, 16.37 + cos(n) * 0.1, 30, now, now ${people}`);
  await query(`insert into sessions (id, user_id, access_hash, access_expires_at, expires_at, created_at, last_used_at)
    select ${id('ses')}, ${id('usr')}, sha256(('bench' || n)::bytea), now + interval '1 day', now + interval '30 days', now, now
    ${people}`);
  await query(`insert into devices (id, token, user_id, session_id, platform, created_at, last_used_at)
    select ${id('dev')}, md5('token' || n) || ':APA91b' || repeat(md5('rest' || n), 4), ${id('usr')}, ${id('ses')}, 'android', now, now
    ${people}`);
  await query(`insert into notification_settings (user_id, quiet_from, quiet_to)
    select ${id('usr')}, '22:00', '07:00' ${people} where n % 20 = 0`);
  await query(`insert into notification_preferences (user_id, type, channel, enabled)
    select ${id('usr')}, 'job.posted', 'push', false ${people} where n % 50 = 0`);
}
