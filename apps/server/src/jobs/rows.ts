import { sql } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';

/** Jobs as present.ts and the verbs read them. */
export const jobRows = (db: Db | Tx) =>
  db
    .selectFrom('jobs')
    .select([
      'jobs.id',
      'jobs.customer_id',
      'jobs.title',
      'jobs.description',
      'jobs.category',
      'jobs.budget_minor',
      'jobs.currency',
      'jobs.address',
      'jobs.city',
      'jobs.lat',
      'jobs.lng',
      'jobs.rounded_lat',
      'jobs.rounded_lng',
      'jobs.status',
      'jobs.is_hidden',
      'jobs.booked_contractor_id',
      'jobs.shows_address',
      'jobs.created_at',
      'jobs.updated_at',
      sql<string | null>`to_char(jobs.wished_date, 'YYYY-MM-DD')`.as('wished_date'),
    ]);

export type JobRow = Awaited<ReturnType<ReturnType<typeof jobRows>['execute']>>[number];
