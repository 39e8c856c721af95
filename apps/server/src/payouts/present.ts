import type { Payout } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { PayoutRow } from '../db/tables/payments.ts';
import { presentFailure } from './advice.ts';
import { isScheduled } from './request-key.ts';

export async function presentPayout(ctx: Ctx, row: PayoutRow): Promise<Payout> {
  return (await presentPayouts(ctx, [row]))[0]!;
}

export async function presentPayouts(ctx: Ctx, rows: PayoutRow[]): Promise<Payout[]> {
  const people = await publicPerson(ctx.db, [...new Set(rows.map((row) => row.contractor_id))]);
  return rows.map((row) => ({
    id: row.id,
    contractor: { id: row.contractor_id, name: people.get(row.contractor_id)?.name ?? '' },
    amount: { amount: row.amount_minor, currency: row.currency },
    status: row.status,
    stripePayoutId: row.stripe_payout_id,
    scheduled: isScheduled(row),
    failure: row.failure_code === null ? null : presentFailure({ ...row, failure_code: row.failure_code }),
    arrivalDate: row.arrival_date?.toISOString() ?? null,
    requestDate: row.requested_at.toISOString(),
    completedDate: row.completed_at?.toISOString() ?? null,
  }));
}
