import type { Job, JobChange } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { lockOwnJob } from './lock.ts';
import { presentJob } from './present.ts';
import { type JobRow, jobRows } from './rows.ts';
import { requireNotPast } from './wished-date.ts';

/** Changes the actor's own open job. Errors: not_found, conflict (not open, or another currency under open applications). */
export async function changeJob(ctx: Ctx, actor: Actor, jobId: string, change: JobChange): Promise<Job> {
  requireNotPast(ctx, change.wishedDate);
  return inTransaction(ctx.db, async (tx) => {
    const job = await lockOwnJob(tx, actor, jobId);
    if (job.status !== 'open') throw conflict('Only an open job can be changed.');
    await requireSameCurrency(tx, job, change);
    await tx
      .updateTable('jobs')
      .set({
        title: change.title,
        description: change.description,
        category: change.category,
        budget_minor: change.budget?.amount,
        currency: change.budget?.currency,
        ...change.place,
        wished_date: change.wishedDate,
        updated_at: ctx.clock.now(),
      })
      .where('id', '=', job.id)
      .execute();
    return presentJob(tx, actor, await jobRows(tx).where('jobs.id', '=', job.id).executeTakeFirstOrThrow());
  });
}

/** Quotes are in the job's currency: it stays while there are open ones. */
async function requireSameCurrency(tx: Tx, job: JobRow, change: JobChange): Promise<void> {
  if (change.budget === undefined || change.budget.currency === job.currency) return;
  const quoted = await tx
    .selectFrom('applications')
    .select('id')
    .where('job_id', '=', job.id)
    .where('status', '=', 'open')
    .limit(1)
    .executeTakeFirst();
  if (quoted !== undefined)
    throw conflict(`There are applications with quotes in ${job.currency}: the currency cannot change.`);
}
