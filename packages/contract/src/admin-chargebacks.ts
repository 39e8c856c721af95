import { z } from 'zod';
import { Reason } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { idOf, prose, Timestamp } from './fields.ts';
import { Money } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

/** What admins see and do about payments that a card's bank has questioned. */

const shared = { tag: 'Admin', access: 'admin' } as const;
const chargebackParams = z.strictObject({ id: idOf('cbk') });

export const Chargeback = z
  .object({
    id: idOf('cbk'),
    paymentId: idOf('pay'),
    stripeDisputeId: z.string(),
    amount: Money,
    reason: z.string().meta({ description: "Stripe's reason, e.g. fraudulent, product_not_received" }),
    stripeStatus: z.string().meta({
      description: "Stripe's status; an inquiry (warning_…) has taken no money",
    }),
    evidenceDueAt: Timestamp.nullable(),
    evidenceSentAt: Timestamp.nullable(),
    takenFromContractor: Money.meta({ description: 'kept apart until the bank has decided' }),
    outcome: z.enum(['won', 'lost', 'inquiry_closed']).nullable().meta({
      description: 'what the bank decided first; an appeal changes `stripeStatus` only',
    }),
    returnedUnsettled: Money.meta({
      description:
        'what the bank has given back since it was lost and nobody has settled yet (`settle-return`)',
    }),
    openedAt: Timestamp,
    closedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Chargeback',
    examples: [
      {
        id: 'cbk_5qZr8Vb2NfK0tXy7WcL3mD',
        paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        stripeDisputeId: 'du_1Q8vZxKc2eZvKYlo1aBcDeFg',
        amount: { amount: 42_000, currency: 'eur' },
        reason: 'product_not_received',
        stripeStatus: 'needs_response',
        evidenceDueAt: '2026-12-04T23:59:59.000Z',
        evidenceSentAt: null,
        takenFromContractor: { amount: 37_800, currency: 'eur' },
        outcome: null,
        returnedUnsettled: { amount: 0, currency: 'eur' },
        openedAt: '2026-11-27T08:00:00.000Z',
        closedAt: null,
      },
    ],
  });
export type Chargeback = z.infer<typeof Chargeback>;

const listChargebacks = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/chargebacks',
  summary: 'List chargebacks and inquiries of banks, newest first',
  query: z.strictObject({
    isOpen: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'only those that the bank has not decided, or only those that it has' }),
    paymentId: idOf('pay').optional(),
    ...pageQuery,
  }),
  response: pageOf(Chargeback),
});

const sendEvidence = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/chargebacks/:id/evidence',
  summary: 'Answer the bank',
  description:
    'Sends what we know of the job, its course and the terms of cancelling. `statement` is told instead of the course. The bank takes an answer once. Nobody having answered, we do it a day before the time is over.',
  params: chargebackParams,
  body: z
    .strictObject({ statement: prose(1, 20_000).optional() })
    .meta({ examples: [{ statement: 'The customer let the contractor in and signed for the work.' }] }),
  response: Chargeback,
  errors: ['conflict', 'payment_provider_failed'],
});

const acceptChargeback = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/chargebacks/:id/accept',
  summary: 'Give in to the bank',
  description: 'The money is lost, at once and for good.',
  params: chargebackParams,
  body: z
    .strictObject({ reason: Reason })
    .meta({ examples: [{ reason: 'The customer is right, the work was never begun.' }] }),
  response: Chargeback,
  errors: ['conflict', 'payment_provider_failed'],
});

const settleReturn = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/chargebacks/:id/settle-return',
  summary: 'Say whose money is what the bank gave back after a loss',
  description:
    'After an appeal, for instance. `platform`: all of it makes the losses smaller. `contractor`: up to what this chargeback has cost them it is theirs; what they owe is paid first, the rest is transferred to them; what is left over makes the losses smaller. To them it can be transferred once for each chargeback, and not while the payment is frozen. The payment stays refunded. It cannot be undone.',
  params: chargebackParams,
  body: z
    .strictObject({
      to: z.enum(['contractor', 'platform']),
      note: prose(3, 1000).meta({ description: 'what the bank says, and why it is theirs' }),
    })
    .meta({ examples: [{ to: 'contractor', note: 'Appeal of 2026-12-20 won, they had done the work.' }] }),
  response: Chargeback,
  errors: ['conflict'],
});

export const adminChargebacks = { listChargebacks, sendEvidence, acceptChargeback, settleReturn };
