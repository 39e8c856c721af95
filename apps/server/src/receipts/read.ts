import type { Currency, PaymentStatus } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { receiptNumber } from './number.ts';

export type Receipt = {
  number: string;
  paymentId: string;
  status: PaymentStatus;
  currency: Currency;
  jobTitle: string;
  customer: { name: string; locale: string; timeZone: string };
  contractorName: string;
  /** What was taken from the customer and, negative, given back; oldest first, minor units. */
  flows: Flow[];
};

export type Flow = { at: Date; amountMinor: number };

/** The receipt for one's own payment. Errors: not_found; conflict while no money was taken. */
export async function readReceipt(ctx: Ctx, actor: Actor, paymentId: string): Promise<Receipt> {
  const row = await ctx.db
    .selectFrom('payments')
    .innerJoin('jobs', 'jobs.id', 'payments.job_id')
    .innerJoin('users as customer', 'customer.id', 'payments.customer_id')
    .innerJoin('users as contractor', 'contractor.id', 'payments.contractor_id')
    .select(['payments.status', 'payments.currency', 'jobs.title', 'contractor.name as contractor_name'])
    .select(['customer.name', 'customer.locale', 'customer.time_zone'])
    .where('payments.id', '=', paymentId)
    .where('payments.customer_id', '=', actor.userId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('payment');
  const flows = await flowsOf(ctx, paymentId);
  if (flows.length === 0) throw conflict('No money was taken for this payment, so there is no receipt.');
  return {
    number: receiptNumber(paymentId),
    paymentId,
    status: row.status,
    currency: row.currency,
    jobTitle: row.title,
    customer: { name: row.name, locale: row.locale, timeZone: row.time_zone },
    contractorName: row.contractor_name,
    flows,
  };
}

/**
 * Money only comes in from a customer and goes back to one; everything else that an entry of a payment does is between
 * our own balances and what Stripe charges us. So what these accounts gain or lose together is the customer's.
 */
async function flowsOf(ctx: Ctx, paymentId: string): Promise<Flow[]> {
  const { rows } = await sql<Flow>`
    select entry.created_at as at, sum(line.amount_minor)::bigint as "amountMinor"
    from ledger_entries as entry join ledger_lines as line on line.entry_id = entry.id
    where entry.payment_id = ${paymentId}
      and line.account in ('platform_stripe', 'connected_stripe', 'stripe_fees', 'paid_outside')
    group by entry.id
    having sum(line.amount_minor) <> 0
    order by entry.created_at, entry.id`.execute(ctx.db);
  return rows;
}
