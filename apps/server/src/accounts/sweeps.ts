import { sql } from 'kysely';
import { addMs, dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { batchSize, inBatches } from '../db/in-batches.ts';
import type { Sweep } from '../outbox/worker.ts';

const keptSessionsMs = 30 * dayMs;
const unprovenLifeMs = 7 * dayMs;
// A code that waits for the mail server has not begun its ten minutes yet.
const keptCodesMs = 2 * hourMs;

/** What the accounts module forgets by itself. */
export const accountSweeps: Sweep[] = [
  { name: 'forget expired codes', run: forgetCodes },
  { name: 'forget ended sessions', run: forgetSessions },
  { name: 'forget unproven accounts', run: forgetUnproven },
];

function forgetCodes(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -keptCodesMs);
  return inBatches(() =>
    sql`delete from one_time_codes where id in (
      select id from one_time_codes where expires_at < ${limit} limit ${batchSize} for update skip locked)`.execute(
      ctx.db,
    ),
  );
}

async function forgetSessions(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -keptSessionsMs);
  await inBatches(() =>
    sql`delete from sessions where id in (
      select id from sessions where expires_at < ${limit} limit ${batchSize} for update skip locked)`.execute(
      ctx.db,
    ),
  );
  await inBatches(() =>
    sql`delete from sessions where id in (
      select id from sessions where revoked_at < ${limit} limit ${batchSize} for update skip locked)`.execute(
      ctx.db,
    ),
  );
}

function forgetUnproven(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -unprovenLifeMs);
  return inBatches(() =>
    sql`delete from users where id in (
      select id from users where email_verified_at is null and created_at < ${limit}
      limit ${batchSize} for update skip locked)`.execute(ctx.db),
  );
}
