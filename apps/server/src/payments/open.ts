import type { Category, Currency } from '@holdfast/contract';
import { commissionRateAt } from '../commission/commission.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { newId } from '../ids.ts';
import { prepareCall } from '../stripe-calls/stripe-calls.ts';
import { commissionOf } from './commission.ts';
import { currentCustomer } from './customer.ts';

export type PaymentTerms = {
  bookingId: string;
  jobId: string;
  customerId: string;
  contractorId: string;
  amountMinor: number;
  currency: Currency;
  category: Category;
};

/**
 * The payment of a booking: the open one, or a new one with the commission frozen as it is now. The caller holds
 * the booking's lock; a unique index makes sure that there is never a second one. Undefined when the customer at Stripe
 * was lost since the caller ensured one.
 */
export async function openPayment(ctx: Ctx, tx: Tx, terms: PaymentTerms): Promise<PaymentRow | undefined> {
  const existing = await tx
    .selectFrom('payments')
    .selectAll()
    .where('booking_id', '=', terms.bookingId)
    .where('status', '<>', 'failed')
    .executeTakeFirst();
  if (existing !== undefined) return existing;
  // Read after that: what failed for a lost customer did so once that was written down, and is not begun with it again.
  const stripeCustomerId = await currentCustomer(tx, terms.customerId);
  if (stripeCustomerId === undefined) return undefined;
  const now = ctx.clock.now();
  const basisPoints = await commissionRateAt(ctx, tx, {
    category: terms.category,
    contractorId: terms.contractorId,
    at: now,
  });
  const payment = await tx
    .insertInto('payments')
    .values({
      id: newId('pay'),
      booking_id: terms.bookingId,
      job_id: terms.jobId,
      customer_id: terms.customerId,
      contractor_id: terms.contractorId,
      amount_minor: terms.amountMinor,
      currency: terms.currency,
      commission_basis_points: basisPoints,
      commission_minor: commissionOf(terms.amountMinor, basisPoints, terms.currency),
      status: 'pending',
      read_at: now,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await prepareCall(tx, now, { id: `intent:${payment.id}`, params: intentParams(payment, stripeCustomerId) });
  return payment;
}

const intentParams = (payment: PaymentRow, stripeCustomerId: string): Record<string, unknown> => ({
  amount: payment.amount_minor,
  currency: payment.currency,
  customer: stripeCustomerId,
  transfer_group: payment.id,
  automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
  metadata: { payment_id: payment.id, booking_id: payment.booking_id, job_id: payment.job_id },
});
