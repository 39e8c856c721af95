import type { FoundJob, Job } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { Actor } from '../http/authenticate.ts';
import type { JobRow } from './rows.ts';

/** Jobs as this person may see them. One query for all the names. */
export async function presentJobs(db: Db | Tx, actor: Actor, rows: readonly JobRow[]): Promise<Job[]> {
  const people = await publicPerson(db, [...new Set(rows.map((row) => row.customer_id))]);
  return rows.map((row) => presentRow(row, actor, people.get(row.customer_id)?.name ?? ''));
}

export async function presentJob(db: Db | Tx, actor: Actor, row: JobRow): Promise<Job> {
  return (await presentJobs(db, actor, [row]))[0]!;
}

/** Search results, with the distance in kilometres to one decimal. */
export async function presentFound(
  db: Db | Tx,
  actor: Actor,
  found: readonly { row: JobRow; distance: number | null }[],
): Promise<FoundJob[]> {
  const jobs = await presentJobs(
    db,
    actor,
    found.map((one) => one.row),
  );
  return jobs.map((job, index) => {
    const distance = found[index]?.distance ?? null;
    return { ...job, distanceKm: distance === null ? null : Math.round(distance * 10) / 10 };
  });
}

function presentRow(row: JobRow, actor: Actor, customerName: string): Job {
  const isExact = mayKnowAddress(row, actor);
  return {
    id: row.id,
    customer: { id: row.customer_id, name: customerName },
    title: row.title,
    description: row.description,
    category: row.category,
    budget: { amount: row.budget_minor, currency: row.currency },
    place: {
      city: row.city,
      address: isExact ? row.address : null,
      lat: isExact ? row.lat : row.rounded_lat,
      lng: isExact ? row.lng : row.rounded_lng,
      isExact,
    },
    wishedDate: row.wished_date,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** The owner, and the contractor who confirmed. Everybody else sees the city and the rounded point. */
const mayKnowAddress = (row: JobRow, actor: Actor): boolean =>
  row.customer_id === actor.userId || (row.shows_address && row.booked_contractor_id === actor.userId);
