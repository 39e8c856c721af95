import type { AdminPayment, admin, InputOf, Page, PersonName } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inPeriod } from './period.ts';

type Query = InputOf<typeof admin.listPayments>['query'];

/**
 * Payments of anybody, newest first. Reads the tables by itself rather than through payments and jobs, which stand
 * above this module: what admins do to payments is recorded here.
 */
export async function listPayments(ctx: Ctx, query: Query): Promise<Page<AdminPayment>> {
  let select = ctx.db
    .selectFrom('payments')
    .innerJoin('jobs', 'jobs.id', 'payments.job_id')
    .selectAll('payments')
    .select('jobs.title as job_title');
  if (query.status !== undefined) select = select.where('payments.status', '=', query.status);
  if (query.customerId !== undefined) select = select.where('payments.customer_id', '=', query.customerId);
  if (query.contractorId !== undefined)
    select = select.where('payments.contractor_id', '=', query.contractorId);
  if (query.jobId !== undefined) select = select.where('payments.job_id', '=', query.jobId);
  if (query.stripePaymentId !== undefined)
    select = select.where('payments.stripe_payment_id', '=', query.stripePaymentId);
  const page = await newestFirst(
    inPeriod(select, 'payments.created_at', query),
    'payments.created_at',
    query,
  );
  const people = await publicPerson(
    ctx.db,
    page.items.flatMap((row) => [row.customer_id, row.contractor_id]),
  );
  const named = (id: string) => ({ id, name: people.get(id)?.name ?? '' });
  return { items: page.items.map((row) => present(row, named)), nextCursor: page.nextCursor };
}

function present(row: PaymentRow & { job_title: string }, named: (id: string) => PersonName): AdminPayment {
  const money = (amount: number) => ({ amount, currency: row.currency });
  return {
    id: row.id,
    bookingId: row.booking_id,
    job: { id: row.job_id, title: row.job_title },
    customer: named(row.customer_id),
    contractor: named(row.contractor_id),
    amount: money(row.amount_minor),
    commission: money(row.commission_minor),
    commissionBasisPoints: row.commission_basis_points,
    contractorAmount: money(row.contractor_minor),
    refunded: money(row.refunded_minor),
    stripeFee: row.stripe_fee_minor === null ? null : money(row.stripe_fee_minor),
    status: row.status,
    stripePaymentId: row.stripe_payment_id,
    stripeStatus: row.stripe_status,
    stripeTransferId: row.stripe_transfer_id,
    failure:
      row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
    releaseRequestedAt: iso(row.release_requested_at),
    releaseWaitsFor: row.release_waits_for,
    refundRequestedAt: iso(row.refund_requested_at),
    heldAt: iso(row.held_at),
    releasedAt: iso(row.released_at),
    withdrawnAt: iso(row.withdrawn_at),
    refundedAt: iso(row.refunded_at),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;
