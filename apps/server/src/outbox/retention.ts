import { sql } from 'kysely';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { batchSize, inBatches } from '../db/in-batches.ts';
import type { Sweep } from './worker.ts';

// Longer than any client repeats a request; Stripe itself keeps its keys for one day.
const keptKeysMs = 7 * dayMs;

/** What the ground under the modules forgets by itself: old idempotency keys and rate limit windows. */
export const retentionSweeps: Sweep[] = [
  { name: 'forget idempotency keys', run: forgetKeys },
  { name: 'forget rate limit windows', run: forgetWindows },
];

function forgetKeys(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -keptKeysMs);
  return inBatches(() =>
    sql`delete from idempotency_keys where (user_id, key) in (
      select user_id, key from idempotency_keys where created_at < ${limit}
      limit ${batchSize} for update skip locked)`.execute(ctx.db),
  );
}

function forgetWindows(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  return inBatches(() =>
    sql`delete from rate_limits where key in (
      select key from rate_limits where window_ends_at <= ${now}
      limit ${batchSize} for update skip locked)`.execute(ctx.db),
  );
}
