import type { Payment } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { notFound } from '../errors.ts';
import { jobTitles } from '../jobs/jobs.ts';
import { openFreezes } from './freezes.ts';
import { refundsOf } from './refunds/present.ts';

/** The payment, if this person is its customer or its contractor. Errors: not_found. */
export async function findPayment(ctx: Ctx, userId: string, paymentId: string): Promise<PaymentRow> {
  const payment = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .where((where) => where.or([where('customer_id', '=', userId), where('contractor_id', '=', userId)]))
    .executeTakeFirst();
  if (payment === undefined) throw notFound('payment');
  return payment;
}

export async function presentPayment(ctx: Ctx, payment: PaymentRow): Promise<Payment> {
  return (await presentPayments(ctx, [payment]))[0]!;
}

/** Rows as the API shows them; a few more queries for the whole page, none per row. */
export async function presentPayments(ctx: Ctx, rows: PaymentRow[]): Promise<Payment[]> {
  const people = await publicPerson(ctx.db, [
    ...new Set(rows.flatMap((row) => [row.customer_id, row.contractor_id])),
  ]);
  const titles = await jobTitles(ctx.db, [...new Set(rows.map((row) => row.job_id))]);
  const ids = rows.map((row) => row.id);
  const refunds = await refundsOf(ctx.db, ids);
  const freezes = Map.groupBy(await openFreezes(ctx.db, ids), (freeze) => freeze.payment_id);
  return rows.map((row) => ({
    id: row.id,
    bookingId: row.booking_id,
    job: { id: row.job_id, title: titles.get(row.job_id) ?? '' },
    customer: { id: row.customer_id, name: people.get(row.customer_id)?.name ?? '' },
    contractor: { id: row.contractor_id, name: people.get(row.contractor_id)?.name ?? '' },
    amount: { amount: row.amount_minor, currency: row.currency },
    commission: { amount: row.commission_minor, currency: row.currency },
    contractorAmount: { amount: row.contractor_minor, currency: row.currency },
    refunded: { amount: row.refunded_minor, currency: row.currency },
    refunds: refunds.get(row.id) ?? [],
    freezes: (freezes.get(row.id) ?? []).map(({ cause, frozen_at }) => ({
      cause,
      since: frozen_at.toISOString(),
    })),
    status: row.status,
    stripePaymentId: row.stripe_payment_id,
    stripeStatus: row.stripe_status,
    failure:
      row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
    releaseRequestedAt: row.release_requested_at?.toISOString() ?? null,
    releaseWaitsFor: row.release_waits_for,
    refundRequestedAt: row.refund_requested_at?.toISOString() ?? null,
    heldAt: row.held_at?.toISOString() ?? null,
    releasedAt: row.released_at?.toISOString() ?? null,
    withdrawnAt: row.withdrawn_at?.toISOString() ?? null,
    refundedAt: row.refunded_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }));
}
