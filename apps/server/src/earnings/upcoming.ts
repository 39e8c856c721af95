import type { Currency, Earnings, Page, UpcomingEarning } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';

/** Money that is held for a contractor's work and will be theirs, if nothing is refunded. */
const heldFor = (ctx: Ctx, contractorId: string) =>
  ctx.db
    .selectFrom('payments')
    .where('payments.contractor_id', '=', contractorId)
    // Written out, so that the planner knows the partial index fits.
    .where(sql<boolean>`payments.status = 'held'`)
    .where('payments.contractor_minor', '>', 0);

export async function upcomingEarnings(
  ctx: Ctx,
  actor: Actor,
  request: PageRequest,
): Promise<Page<UpcomingEarning> & { totals: Earnings[] }> {
  const [page, totals] = await Promise.all([
    newestFirst(upcomingRows(ctx, actor.userId), 'payments.created_at', request),
    sumHeld(ctx, actor.userId),
  ]);
  return { items: page.items.map(present), nextCursor: page.nextCursor, totals };
}

const upcomingRows = (ctx: Ctx, contractorId: string) =>
  heldFor(ctx, contractorId)
    .innerJoin('bookings', 'bookings.id', 'payments.booking_id')
    .innerJoin('jobs', 'jobs.id', 'payments.job_id')
    .selectAll('payments')
    .select(['jobs.title', 'bookings.state', 'bookings.release_at']);

type Row = Awaited<ReturnType<ReturnType<typeof upcomingRows>['execute']>>[number];

const present = (row: Row): UpcomingEarning => ({
  paymentId: row.id,
  bookingId: row.booking_id,
  job: { id: row.job_id, title: row.title },
  bookingState: row.state,
  amount: { amount: row.amount_minor - row.refunded_minor, currency: row.currency },
  contractorAmount: { amount: row.contractor_minor, currency: row.currency },
  heldAt: row.held_at!.toISOString(),
  expectedReleaseAt: expectedRelease(row)?.toISOString() ?? null,
  waitsFor: row.release_waits_for,
});

function expectedRelease(row: Row): Date | null {
  if (row.release_waits_for !== null) return null;
  return row.release_requested_at ?? (row.state === 'delivered' ? row.release_at : null);
}

async function sumHeld(ctx: Ctx, contractorId: string): Promise<Earnings[]> {
  const rows = await heldFor(ctx, contractorId)
    .select('currency')
    .select((held) => [
      held.fn.countAll<number>().as('payments'),
      sql<number>`sum(amount_minor - refunded_minor)::bigint`.as('gross'),
      sql<number>`sum(commission_minor)::bigint`.as('commission'),
    ])
    .groupBy('currency')
    .orderBy('currency')
    .execute();
  return rows.map((row) => ({
    currency: row.currency as Currency,
    payments: row.payments,
    gross: row.gross,
    commission: row.commission,
    net: row.gross - row.commission,
  }));
}
