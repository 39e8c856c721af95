import type { Job, JobInput } from '@holdfast/contract';
import { requireActive } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { presentJob } from './present.ts';
import { jobRows } from './rows.ts';
import { enqueueTelling } from './tell-contractors.ts';
import { requireNotPast } from './wished-date.ts';

/** Posts a job; it is open at once. The same request key answers the same job, also after a crash. */
export async function createJob(ctx: Ctx, actor: Actor, input: JobInput, requestKey?: string): Promise<Job> {
  requireNotPast(ctx, input.wishedDate);
  const now = ctx.clock.now();
  const id = newId('job');
  return inTransaction(ctx.db, async (tx) => {
    // An account that is being deleted at this moment leaves no job behind.
    await requireActive(tx, actor.userId);
    const earlier = await findByRequest(tx, actor, requestKey);
    if (earlier !== undefined) return earlier;
    await tx
      .insertInto('jobs')
      .values({
        id,
        customer_id: actor.userId,
        request_key: requestKey ?? null,
        title: input.title,
        description: input.description,
        category: input.category,
        budget_minor: input.budget.amount,
        currency: input.budget.currency,
        ...input.place,
        wished_date: input.wishedDate ?? null,
        status: 'open',
        created_at: now,
        updated_at: now,
      })
      .execute();
    await enqueueTelling(tx, id);
    return presentJob(tx, actor, await jobRows(tx).where('jobs.id', '=', id).executeTakeFirstOrThrow());
  });
}

async function findByRequest(tx: Tx, actor: Actor, requestKey: string | undefined): Promise<Job | undefined> {
  if (requestKey === undefined) return undefined;
  const row = await jobRows(tx)
    .where('jobs.customer_id', '=', actor.userId)
    .where('jobs.request_key', '=', requestKey)
    .executeTakeFirst();
  return row === undefined ? undefined : presentJob(tx, actor, row);
}
