import { sql } from 'kysely';
import { addMs } from './clock.ts';
import type { Ctx } from './context.ts';
import { AppError } from './errors.ts';

/** At most `maximum` in each window of `windowMs`, counted under `name` for one subject (account, address, e-mail). */
export type RateLimit = { name: string; maximum: number; windowMs: number };

/**
 * Takes one place in the subject's current window; false when it is full. One atomic statement, committed by
 * itself, so that a refused or rolled-back request has been counted all the same.
 */
export async function takePlace(
  ctx: Ctx,
  limit: RateLimit,
  subject: string,
): Promise<{ isAllowed: boolean; retryAfterSeconds: number }> {
  const now = ctx.clock.now();
  const { rows } = await sql<{ taken: number; window_ends_at: Date }>`
    insert into rate_limits as current (key, window_ends_at, taken)
    values (${`${limit.name}:${subject}`}, ${addMs(now, limit.windowMs)}, 1)
    on conflict (key) do update set
      taken = case when current.window_ends_at <= ${now} then 1 else least(current.taken + 1, ${limit.maximum + 1}) end,
      window_ends_at = case when current.window_ends_at <= ${now} then excluded.window_ends_at else current.window_ends_at end
    returning taken, window_ends_at`.execute(ctx.db);
  const row = rows[0]!;
  const waitMs = row.window_ends_at.getTime() - now.getTime();
  return { isAllowed: row.taken <= limit.maximum, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
}

/** Like takePlace, but a full window is a rate_limited error. */
export async function requirePlace(ctx: Ctx, limit: RateLimit, subject: string): Promise<void> {
  const { isAllowed, retryAfterSeconds } = await takePlace(ctx, limit, subject);
  if (!isAllowed)
    throw new AppError('rate_limited', 'Too many requests. Try again later.', { retryAfterSeconds });
}

/**
 * Takes as many places as each subject has used already elsewhere, and answers how many are taken in its window by then.
 * One statement for all of them; nothing is refused.
 */
export async function chargePlaces(
  ctx: Ctx,
  limit: RateLimit,
  counts: ReadonlyMap<string, number>,
): Promise<Map<string, { taken: number; windowEndsAt: Date }>> {
  const now = ctx.clock.now();
  // In one order everywhere, so that two of them never wait for each other in a circle.
  const subjects = [...counts.keys()].sort();
  const { rows } = await sql<{ key: string; taken: number; window_ends_at: Date }>`
    insert into rate_limits as current (key, window_ends_at, taken)
    select key, ${addMs(now, limit.windowMs)}, places
    from unnest(${subjects.map((one) => `${limit.name}:${one}`)}::text[],
      ${subjects.map((one) => counts.get(one)!)}::int[]) as input (key, places)
    on conflict (key) do update set
      taken = case when current.window_ends_at <= ${now} then excluded.taken
        else least(current.taken + excluded.taken, 1000000000) end,
      window_ends_at = case when current.window_ends_at <= ${now} then excluded.window_ends_at else current.window_ends_at end
    returning key, taken, window_ends_at`.execute(ctx.db);
  return new Map(
    rows.map((row) => [
      row.key.slice(limit.name.length + 1),
      { taken: row.taken, windowEndsAt: row.window_ends_at },
    ]),
  );
}
