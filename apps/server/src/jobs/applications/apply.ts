import type { Application, ApplicationInput } from '@holdfast/contract';
import { requireActive } from '../../accounts/accounts.ts';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError, conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { newId } from '../../ids.ts';
import { notify } from '../../notifications/notifications.ts';
import { type JobRow, jobRows } from '../rows.ts';
import { requireCurrency } from './quote.ts';
import { readApplication } from './rows.ts';

/**
 * Hands in an application for an open job, or one that was withdrawn again.
 * Errors: not_found, conflict (the job is not open, or its customer suspended), already_exists.
 */
export function apply(ctx: Ctx, actor: Actor, jobId: string, input: ApplicationInput): Promise<Application> {
  return inTransaction(ctx.db, async (tx) => {
    // Shared: many may apply at once, but the job must not be booked, cancelled or changed meanwhile.
    const job = await jobRows(tx).where('jobs.id', '=', jobId).forShare().executeTakeFirst();
    if (job === undefined) throw notFound('job');
    await requireOpen(tx, actor, job);
    requireCurrency(input.quote, job.currency, 'body.quote.currency');
    const contractor = await requireActive(tx, actor.userId);
    const id = await writeApplication(ctx, tx, actor, jobId, input);
    if (id === undefined)
      throw new AppError('already_exists', 'You applied for this job before. Change that application.');
    await tellCustomer(ctx, tx, job, { id, personName: contractor.name, quote: input.quote });
    return readApplication(tx, id);
  });
}

/** Each time it is handed in: withdrawn and handed in again it is another offer. */
const tellCustomer = (
  ctx: Ctx,
  tx: Tx,
  job: JobRow,
  { id, personName, quote }: { id: string; personName: string; quote: ApplicationInput['quote'] },
): Promise<void> =>
  notify(ctx, tx, [
    {
      to: job.customer_id,
      type: 'application.received',
      about: `${id} ${ctx.clock.now().toISOString()}`,
      data: {
        jobId: job.id,
        applicationId: id,
        jobTitle: job.title,
        personName,
        amountMinor: quote.amount,
        currency: quote.currency,
      },
    },
  ]);

/** A job that is not open, or hidden, is a conflict for whom it concerned, and unknown to everybody else. */
async function requireOpen(tx: Tx, actor: Actor, job: JobRow): Promise<void> {
  if (job.status === 'open' && !job.is_hidden) return;
  const earlier = await tx
    .selectFrom('applications')
    .select('id')
    .where('job_id', '=', job.id)
    .where('contractor_id', '=', actor.userId)
    .executeTakeFirst();
  if (earlier === undefined && job.booked_contractor_id !== actor.userId) throw notFound('job');
  throw conflict('This job is not open.');
}

/** One statement decides: a new row, the withdrawn one again, or nothing (undefined). */
async function writeApplication(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  jobId: string,
  input: ApplicationInput,
): Promise<string | undefined> {
  const now = ctx.clock.now();
  const offer = {
    quote_minor: input.quote.amount,
    currency: input.quote.currency,
    message: input.message,
    status: 'open' as const,
    updated_at: now,
  };
  const row = await tx
    .insertInto('applications')
    .values({ id: newId('app'), job_id: jobId, contractor_id: actor.userId, created_at: now, ...offer })
    .onConflict((existing) =>
      existing
        .constraint('applications_one_per_contractor')
        .doUpdateSet(offer)
        .where('applications.status', '=', 'withdrawn'),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}
