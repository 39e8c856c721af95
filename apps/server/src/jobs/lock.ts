import type { Tx } from '../db/connect.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { type JobRow, jobRows } from './rows.ts';

/**
 * The job, locked until the transaction ends; undefined if there is none. Whoever locks a job's booking or payment
 * as well locks the job first. Keys never change, so rows that refer to the job can be written meanwhile: a payment
 * being opened under the booking's lock does not wait for whoever holds the job and waits for that booking.
 */
export const lockJob = (tx: Tx, jobId: string): Promise<JobRow | undefined> =>
  jobRows(tx).where('jobs.id', '=', jobId).forNoKeyUpdate().executeTakeFirst();

/** The actor's own job, locked. Another person's is not_found. */
export async function lockOwnJob(tx: Tx, actor: Actor, jobId: string): Promise<JobRow> {
  const job = await lockJob(tx, jobId);
  if (job === undefined || job.customer_id !== actor.userId) throw notFound('job');
  return job;
}
