import type { AdminPayment, admin, InputOf, Page, PersonName } from '@holdfast/contract';
import { sql } from 'kysely';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Db } from '../db/connect.ts';
import { newestFirst } from '../db/newest-first.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { FreezeRow } from '../db/tables/refunds.ts';
import { inPeriod } from './period.ts';

type Query = InputOf<typeof admin.listPayments>['query'];

/**
 * Payments of anybody, newest first. Reads the tables by itself rather than through payments, which stands above
 * this module: what admins do to payments is recorded here.
 */
export async function listPayments(ctx: Ctx, query: Query): Promise<Page<AdminPayment>> {
  const page = await newestFirst(selectPayments(ctx.db, query), 'payments.created_at', query);
  const ids = page.items.map((row) => row.id);
  const people = await publicPerson(
    ctx.db,
    page.items.flatMap((row) => [row.customer_id, row.contractor_id]),
  );
  const refunds = Map.groupBy(await refundsOf(ctx.db, ids), (refund) => refund.payment_id);
  const freezes = Map.groupBy(await openFreezes(ctx.db, ids), (freeze) => freeze.payment_id);
  const items = page.items.map((row) =>
    present(row, {
      named: (id) => ({ id, name: people.get(id)?.name ?? '' }),
      refundIds: (refunds.get(row.id) ?? []).map(({ id }) => id),
      freezes: freezes.get(row.id) ?? [],
    }),
  );
  return { items, nextCursor: page.nextCursor };
}

function selectPayments(db: Db, query: Query) {
  let select = db
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
  if (query.isFrozen !== undefined) {
    const frozen = sql<boolean>`exists (
      select from payment_freezes where payment_id = payments.id and lifted_at is null)`;
    select = select.where(query.isFrozen === 'true' ? frozen : sql<boolean>`not ${frozen}`);
  }
  return inPeriod(select, 'payments.created_at', query);
}

async function refundsOf(db: Db, paymentIds: string[]): Promise<{ id: string; payment_id: string }[]> {
  if (paymentIds.length === 0) return [];
  return db
    .selectFrom('refunds')
    .select(['id', 'payment_id'])
    .where('payment_id', 'in', paymentIds)
    .orderBy('requested_at')
    .orderBy('id')
    .execute();
}

async function openFreezes(db: Db, paymentIds: string[]): Promise<FreezeRow[]> {
  if (paymentIds.length === 0) return [];
  return db
    .selectFrom('payment_freezes')
    .selectAll()
    .where('payment_id', 'in', paymentIds)
    .where('lifted_at', 'is', null)
    .orderBy('frozen_at')
    .orderBy('id')
    .execute();
}

type Around = { named: (id: string) => PersonName; refundIds: string[]; freezes: FreezeRow[] };

function present(
  row: PaymentRow & { job_title: string },
  { named, refundIds, freezes }: Around,
): AdminPayment {
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
    refundIds,
    freezes: freezes.map(({ cause, subject, reason, frozen_at }) => ({
      cause,
      subject,
      reason,
      since: frozen_at.toISOString(),
    })),
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
