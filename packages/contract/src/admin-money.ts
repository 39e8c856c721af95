import { z } from 'zod';
import { Reason } from './admin.ts';
import { adminChargebacks } from './admin-chargebacks.ts';
import { Approval } from './admin-records.ts';
import { endpoint } from './endpoint.ts';
import { idOf, prose } from './fields.ts';
import { PersonName } from './jobs.ts';
import { CurrencyCode, Money } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';
import { Payment, Refund, refundStatuses } from './payments.ts';
import { UserId } from './people.ts';

/** What admins do about single payments: freezing, refunds, chargebacks, debts. */

const shared = { tag: 'Admin', access: 'admin' } as const;
const paymentParams = z.strictObject({ id: idOf('pay') });
const refundParams = z.strictObject({ id: idOf('rfd') });
const why = z
  .strictObject({ reason: Reason })
  .meta({ examples: [{ reason: 'The customer says that the card was stolen.' }] });

const freezePayment = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/payments/:id/freeze',
  summary: 'Freeze a payment',
  description:
    'It is neither released nor refunded, its booking neither completed nor cancelled. What was released and not withdrawn cannot be withdrawn. A transfer that is under way already is not stopped. What is not paid yet cannot be frozen: suspend the customer instead.',
  params: paymentParams,
  body: why,
  response: Payment,
  errors: ['conflict'],
});

const unfreezePayment = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/payments/:id/unfreeze',
  summary: 'Lift what admins and fraud warnings have frozen',
  description: 'Disputes and chargebacks end by their own decision. A release that waited goes out.',
  params: paymentParams,
  body: why,
  response: Payment,
  errors: ['conflict'],
});

const refundPayment = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/payments/:id/refund',
  summary: 'Refund a payment, in part or in full',
  description:
    "Of held money a part goes back and the rest stays held; in full ends the booking. Of released money the contractor's share is taken back from their account first; what they have withdrawn becomes a debt that later releases pay. The commission goes back in proportion. Above REFUND_APPROVAL_ABOVE, together with what admins refunded of it before, nothing moves yet: the answer is an `approval` that another admin must give.",
  params: paymentParams,
  body: z
    .strictObject({
      amount: z
        .int()
        .min(1)
        .max(99_999_999)
        .optional()
        .meta({ description: 'minor units; all that is left if left out' }),
      reason: Reason,
    })
    .meta({ examples: [{ amount: 5000, reason: 'The tap drips again; agreed with both sides.' }] }),
  response: z.object({ payment: Payment, approval: Approval.nullable() }),
  idempotencyKey: 'required',
  errors: ['conflict'],
});

const listRefunds = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/refunds',
  summary: 'List refunds, newest first',
  query: z.strictObject({
    status: z.enum(refundStatuses).optional().meta({
      description: 'only refunds in this status; failed ones wait for an admin',
    }),
    paymentId: idOf('pay').optional().meta({ description: 'only refunds of this payment' }),
    ...pageQuery,
  }),
  response: pageOf(Refund),
});

const retryRefund = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/refunds/:id/retry',
  summary: 'Try a failed refund again at Stripe',
  params: refundParams,
  response: Refund,
  status: 202,
  errors: ['conflict'],
});

const settleRefund = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/refunds/:id/paid-otherwise',
  summary: 'Say that a failed refund was paid by other means',
  description:
    'A bank transfer of the platform, for instance. What came back to Stripe belongs to the platform then. It cannot be undone.',
  params: refundParams,
  body: z
    .strictObject({ note: prose(3, 1000).meta({ description: 'how and when, with the reference' }) })
    .meta({ examples: [{ note: 'Bank transfer of 2026-12-03, reference HF-4711.' }] }),
  response: Refund,
  errors: ['conflict'],
});

export const Debt = z.object({ contractor: PersonName, debt: Money }).meta({
  id: 'Debt',
  examples: [
    {
      contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
      debt: { amount: 12_000, currency: 'eur' },
    },
  ],
});

const listDebts = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/debts',
  summary: 'List what contractors owe, most first in each currency',
  description:
    'From refunds and chargebacks of money that they had withdrawn. Taken off later releases by itself. At most 500.',
  response: z.object({ items: z.array(Debt) }),
});

const forgiveDebt = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/users/:id/forgive-debt',
  summary: "Give a contractor's debt up",
  description: 'It becomes a loss of the platform.',
  params: z.strictObject({ id: UserId }),
  body: z
    .strictObject({
      currency: CurrencyCode,
      amount: z.int().min(1).max(9_999_999_999).meta({ description: 'minor units' }),
      reason: Reason,
    })
    .meta({
      examples: [{ currency: 'eur', amount: 12_000, reason: 'The bank was wrong, and so were we.' }],
    }),
  response: Debt,
  idempotencyKey: 'required',
  errors: ['conflict'],
});

export const adminMoney = {
  freezePayment,
  unfreezePayment,
  refundPayment,
  listRefunds,
  retryRefund,
  settleRefund,
  ...adminChargebacks,
  listDebts,
  forgiveDebt,
};
