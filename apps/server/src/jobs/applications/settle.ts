import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { ApplicationRow } from '../../db/tables/jobs.ts';
import { conflict, notFound } from '../../errors.ts';

// What the bookings do with applications. The caller holds the lock of the job.

/** The job that an application is for. Errors: not_found. */
export async function findJobOfApplication(tx: Tx, applicationId: string): Promise<string> {
  const row = await tx
    .selectFrom('applications')
    .select('job_id')
    .where('id', '=', applicationId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('application');
  return row.job_id;
}

/** An open application, locked: its quote cannot change any more. Errors: not_found, conflict. */
export async function lockOpenApplication(tx: Tx, applicationId: string): Promise<ApplicationRow> {
  const application = await tx
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', applicationId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (application === undefined) throw notFound('application');
  if (application.status !== 'open') throw conflict(`This application is ${application.status}.`);
  return application;
}

/** The open application of a contractor for a job, locked; undefined if there is none. */
export const lockOpenApplicationOf = (
  tx: Tx,
  jobId: string,
  contractorId: string,
): Promise<ApplicationRow | undefined> =>
  tx
    .selectFrom('applications')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('contractor_id', '=', contractorId)
    .where('status', '=', 'open')
    .forNoKeyUpdate()
    .executeTakeFirst();

/** open → accepted: a booking was made from it. */
export async function acceptApplication(ctx: Ctx, tx: Tx, applicationId: string): Promise<void> {
  await setStatus(ctx, tx, applicationId, 'accepted');
}

/** accepted → open or withdrawn: the booking came to nothing. */
export async function returnApplication(
  ctx: Ctx,
  tx: Tx,
  applicationId: string,
  status: 'open' | 'withdrawn',
): Promise<void> {
  await setStatus(ctx, tx, applicationId, status);
}

async function setStatus(
  ctx: Ctx,
  tx: Tx,
  applicationId: string,
  status: ApplicationRow['status'],
): Promise<void> {
  await tx
    .updateTable('applications')
    .set({ status, updated_at: ctx.clock.now() })
    .where('id', '=', applicationId)
    .execute();
}
