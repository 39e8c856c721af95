import { createHash } from 'node:crypto';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';

export type Answer = { statusCode: number; body: unknown };

const leaseMs = minuteMs;

/**
 * Runs the request once per user and key: a repetition gets the first answer, another request under the
 * same key is refused, one still running is told so. Only success is kept; after a failure
 * the key is free again, since what was asked for did not happen.
 */
export async function once(
  ctx: Ctx,
  request: { userId: string; key: string; fingerprint: string },
  run: () => Promise<Answer>,
): Promise<Answer & { isReplay: boolean }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(request.key))
    throw invalidKey('must be 1 to 255 visible ASCII characters');
  const hash = createHash('sha256').update(request.fingerprint).digest();
  const earlier = await claim(ctx, request.userId, request.key, hash);
  if (earlier !== undefined) return { ...earlier, isReplay: true };
  try {
    const answer = await run();
    await keep(ctx, request, answer);
    return { ...answer, isReplay: false };
  } catch (error) {
    await release(ctx, request);
    throw error;
  }
}

export const invalidKey = (message: string) =>
  new AppError('validation_failed', `headers.idempotency-key: ${message}`, {
    fields: [{ path: 'headers.idempotency-key', message }],
  });

/** Takes the key, or returns the answer that is already there. */
async function claim(ctx: Ctx, userId: string, key: string, hash: Buffer): Promise<Answer | undefined> {
  const now = ctx.clock.now();
  const inserted = await ctx.db
    .insertInto('idempotency_keys')
    .values({ user_id: userId, key, request_hash: hash, leased_until: addMs(now, leaseMs), created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  if (inserted !== undefined) return undefined;
  const existing = await ctx.db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (existing === undefined) throw inFlight();
  if (!existing.request_hash.equals(hash))
    throw new AppError(
      'idempotency_mismatch',
      'This idempotency key was used with another request. Use a new key.',
    );
  if (existing.status_code !== null) return { statusCode: existing.status_code, body: existing.response };
  await takeOver(ctx, userId, key, existing.leased_until, now);
  return undefined;
}

/** A request that died with its process leaves its key leased; whoever takes it over first may run. */
async function takeOver(ctx: Ctx, userId: string, key: string, leasedUntil: Date, now: Date): Promise<void> {
  if (leasedUntil > now) throw inFlight();
  const taken = await ctx.db
    .updateTable('idempotency_keys')
    .set({ leased_until: addMs(now, leaseMs) })
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .where('status_code', 'is', null)
    .where('leased_until', '=', leasedUntil)
    .executeTakeFirst();
  if (taken.numUpdatedRows === 0n) throw inFlight();
}

async function keep(ctx: Ctx, request: { userId: string; key: string }, answer: Answer): Promise<void> {
  await ctx.db
    .updateTable('idempotency_keys')
    .set({ status_code: answer.statusCode, response: JSON.stringify(answer.body ?? null) })
    .where('user_id', '=', request.userId)
    .where('key', '=', request.key)
    .execute();
}

async function release(ctx: Ctx, request: { userId: string; key: string }): Promise<void> {
  await ctx.db
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', request.userId)
    .where('key', '=', request.key)
    .where('status_code', 'is', null)
    .execute();
}

const inFlight = () =>
  new AppError(
    'idempotency_in_flight',
    'The first request with this key is still running. Try again shortly.',
    {
      retryAfterSeconds: 1,
    },
  );
