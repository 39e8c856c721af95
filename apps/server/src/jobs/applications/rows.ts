import type { Application } from '@holdfast/contract';
import { publicPerson } from '../../accounts/accounts.ts';
import type { Db, Tx } from '../../db/connect.ts';

/** Applications with the title of their job, as they are presented. */
export const applicationRows = (db: Db | Tx) =>
  db
    .selectFrom('applications')
    .innerJoin('jobs', 'jobs.id', 'applications.job_id')
    .selectAll('applications')
    .select(['jobs.title', 'jobs.customer_id']);

export type ApplicationWithJob = Awaited<ReturnType<ReturnType<typeof applicationRows>['execute']>>[number];

/** Applications as both sides see them. One query for all the names. */
export async function presentApplications(
  db: Db | Tx,
  rows: readonly ApplicationWithJob[],
): Promise<Application[]> {
  const people = await publicPerson(
    db,
    rows.map((row) => row.contractor_id),
  );
  return rows.map((row) => ({
    id: row.id,
    jobId: row.job_id,
    jobTitle: row.title,
    contractor: { id: row.contractor_id, name: people.get(row.contractor_id)?.name ?? '' },
    quote: { amount: row.quote_minor, currency: row.currency },
    message: row.message,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }));
}

/** The application by its id, presented. It must exist. */
export async function readApplication(db: Db | Tx, id: string): Promise<Application> {
  const row = await applicationRows(db).where('applications.id', '=', id).executeTakeFirstOrThrow();
  return (await presentApplications(db, [row]))[0]!;
}
