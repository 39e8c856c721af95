import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { bulkPriority, notifyMany } from '../notifications/notifications.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import { type JobRow, jobRows } from './rows.ts';

/** Enough to make a transaction worth its commit, few enough that it ends within a fraction of a second. */
const page = 1000;

/** Has the contractors told whom the job suits. `after` is the last one who was. */
export const enqueueTelling = (tx: Tx | Db, jobId: string, after = ''): Promise<void> =>
  enqueue(tx, 'jobs.tell-contractors', { jobId, after }, { priority: bulkPriority });

/**
 * Outbox task: tells the next thousand contractors whose trades and radius the job suits, and enqueues itself for those
 * behind them, in one transaction: whatever dies in between, everybody is told once.
 */
export async function tellContractors(
  ctx: Ctx,
  { jobId, after }: TaskPayloads['jobs.tell-contractors'],
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const job = await jobRows(tx).where('jobs.id', '=', jobId).executeTakeFirstOrThrow();
    // Booked, cancelled or hidden meanwhile: nobody could apply any more.
    if (job.status !== 'open' || job.is_hidden) return;
    const userIds = await findMatching(tx, job, after);
    await notifyMany(ctx, tx, userIds, {
      type: 'job.posted',
      about: job.id,
      data: {
        jobId: job.id,
        jobTitle: job.title,
        amountMinor: job.budget_minor,
        currency: job.currency,
        city: job.city,
      },
    });
    if (userIds.length === page) await enqueueTelling(tx, jobId, userIds.at(-1));
  });
}

/** By the rounded point, as the search: the exact one would be given away by who is told. */
async function findMatching(tx: Tx, job: JobRow, after: string): Promise<string[]> {
  const { rows } = await sql<{ user_id: string }>`
    select user_id from contractor_profiles profile join users on users.id = profile.user_id
    -- Said of both, as the two are merged in this order: one alone would be read from its beginning for each page.
    where user_id > ${after} and users.id > ${after} and profile.categories @> array[${job.category}::text]
      and great_circle_km(centre_lat, centre_lng, ${job.rounded_lat}, ${job.rounded_lng}) <= radius_km
      and users.deleted_at is null and users.suspended_at is null and users.email_verified_at is not null
      and not exists (select from blocks where blocker_id = user_id and blocked_id = ${job.customer_id})
      and not exists (select from blocks where blocker_id = ${job.customer_id} and blocked_id = user_id)
    order by user_id limit ${page}`.execute(tx);
  return rows.map((row) => row.user_id);
}
