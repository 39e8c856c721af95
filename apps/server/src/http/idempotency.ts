import { createHash } from 'node:crypto';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError, invalidField } from '../errors.ts';

export type Answer = { statusCode: number; body: unknown };
export type KeyedRequest = { userId: string; key: string; fingerprint: string };

const leaseMs = minuteMs;

/**
 * Runs the request once per user and key: a repetition gets the first answer, another request under the
 * same key is refused, one still running is told so. Only success is kept; after a failure
 * the key is free again, since what was asked for did not happen.
 */
export async function once(
  ctx: Ctx,
  request: KeyedRequest,
  run: () => Promise<Answer>,
): Promise<Answer & { isReplay: boolean }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(request.key))
    throw invalidKey('must be 1 to 255 visible ASCII characters');
  const claimed = await claim(ctx, request);
  if ('earlier' in claimed) return { ...claimed.earlier, isReplay: true };
  const answer = await run().catch(async (error) => {
    await release(ctx, request, claimed.lease);
    throw error;
  });
  await keep(ctx, request, answer);
  return { ...answer, isReplay: false };
}

export const invalidKey = (message: string) => invalidField('headers.idempotency-key', message);

type Claimed = { earlier: Answer } | { lease: Date };

/** Takes the key, or returns the answer that is already there. */
async function claim(ctx: Ctx, { userId, key, fingerprint }: KeyedRequest): Promise<Claimed> {
  const hash = createHash('sha256').update(fingerprint).digest();
  const now = ctx.clock.now();
  const lease = addMs(now, leaseMs);
  const inserted = await ctx.db
    .insertInto('idempotency_keys')
    .values({ user_id: userId, key, request_hash: hash, leased_until: lease, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  if (inserted !== undefined) return { lease };
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
  if (existing.status_code !== null)
    return { earlier: { statusCode: existing.status_code, body: existing.response } };
  await takeOver(ctx, userId, key, existing.leased_until, now);
  return { lease };
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

/**
 * The first answer stays. If it cannot be written now, the caller still gets it: what was done is done, and the key
 * stays leased rather than being set free.
 */
async function keep(ctx: Ctx, request: KeyedRequest, answer: Answer): Promise<void> {
  await ctx.db
    .updateTable('idempotency_keys')
    .set({ status_code: answer.statusCode, response: JSON.stringify(answer.body ?? null) })
    .where('user_id', '=', request.userId)
    .where('key', '=', request.key)
    .where('status_code', 'is', null)
    .execute()
    .catch((error) => ctx.log.error({ err: error }, 'the answer under an idempotency key was not kept'));
}

/** Frees the key, unless somebody else has taken it over meanwhile. */
async function release(ctx: Ctx, request: KeyedRequest, lease: Date): Promise<void> {
  await ctx.db
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', request.userId)
    .where('key', '=', request.key)
    .where('status_code', 'is', null)
    .where('leased_until', '=', lease)
    .execute()
    .catch((error) => ctx.log.error({ err: error }, 'an idempotency key was not freed'));
}

const inFlight = () =>
  new AppError(
    'idempotency_in_flight',
    'The first request with this key is still running. Try again shortly.',
    { retryAfterSeconds: 1 },
  );
