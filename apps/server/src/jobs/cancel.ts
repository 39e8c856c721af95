import type { Job } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { lockOwnJob } from './lock.ts';
import { presentJob } from './present.ts';
import { jobRows } from './rows.ts';
import { closeJob } from './status.ts';

/** Takes the actor's own open job back and declines its open applications. Errors: not_found, conflict. */
export function cancelJob(ctx: Ctx, actor: Actor, jobId: string): Promise<Job> {
  return inTransaction(ctx.db, async (tx) => {
    const job = await lockOwnJob(tx, actor, jobId);
    if (job.status === 'booked') throw conflict('This job is booked. Cancel the booking first.');
    if (job.status !== 'open') throw conflict(`This job is ${job.status}.`);
    await closeJob(ctx, tx, job.id, 'cancelled');
    return presentJob(tx, actor, await jobRows(tx).where('jobs.id', '=', job.id).executeTakeFirstOrThrow());
  });
}
