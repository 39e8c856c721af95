import type { AdminJob, admin, Category, Currency, InputOf, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import { inPeriod } from './period.ts';

/** Jobs in any status, newest first. Without the address: for that there is no need. */
export async function listJobs(
  ctx: Ctx,
  query: InputOf<typeof admin.listJobs>['query'],
): Promise<Page<AdminJob>> {
  let select = ctx.db
    .selectFrom('jobs')
    .select(['id', 'customer_id', 'booked_contractor_id', 'title', 'category', 'budget_minor', 'currency'])
    .select(['city', 'status', 'created_at', 'updated_at']);
  if (query.q !== undefined)
    select = select.where(sql<boolean>`(strpos(lower(title), lower(${query.q})) > 0 or id = ${query.q})`);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.category !== undefined) select = select.where('category', '=', query.category);
  if (query.customerId !== undefined) select = select.where('customer_id', '=', query.customerId);
  if (query.contractorId !== undefined)
    select = select.where('booked_contractor_id', '=', query.contractorId);
  const page = await newestFirst(inPeriod(select, 'jobs.created_at', query), 'jobs.created_at', query);
  const people = await publicPerson(
    ctx.db,
    page.items.flatMap((row) => [row.customer_id, row.booked_contractor_id ?? []].flat()),
  );
  const named = (id: string) => ({ id, name: people.get(id)?.name ?? '' });
  const items = page.items.map((row) => ({
    id: row.id,
    customer: named(row.customer_id),
    bookedContractor: row.booked_contractor_id === null ? null : named(row.booked_contractor_id),
    title: row.title,
    category: row.category as Category,
    budget: { amount: row.budget_minor, currency: row.currency as Currency },
    city: row.city,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }));
  return { items, nextCursor: page.nextCursor };
}
