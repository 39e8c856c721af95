import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf, Timestamp } from './fields.ts';
import { Money } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

/** pending: intent created · held: captured, in escrow · released: transferred to the contractor · withdrawn: paid out. */
export const paymentStatuses = ['pending', 'held', 'released', 'withdrawn', 'refunded', 'failed'] as const;
export const PaymentStatus = z.enum(paymentStatuses).meta({ id: 'PaymentStatus' });
export type PaymentStatus = z.infer<typeof PaymentStatus>;

export const refundStatuses = [
  'requested',
  'pending',
  'succeeded',
  'failed',
  'paid_otherwise',
  'superseded',
] as const;

export const Refund = z
  .object({
    id: idOf('rfd'),
    paymentId: idOf('pay'),
    amount: Money,
    cause: z.enum(['cancellation', 'late_payment', 'dispute', 'admin', 'hold_limit']).meta({
      description: 'late_payment: paid when the booking was over · hold_limit: held as long as it may be',
    }),
    status: z.enum(refundStatuses).meta({
      description:
        'pending: the bank works on it · failed: the bank sent it back, the platform looks after it · paid_otherwise: the platform paid by other means · superseded: the bank had taken the money back already',
    }),
    stripeRefundId: z.string().nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    requestedAt: Timestamp,
    completedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Refund',
    examples: [
      {
        id: 'rfd_5qZr8Vb2NfK0tXy7WcL3mD',
        paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        amount: { amount: 33_600, currency: 'eur' },
        cause: 'cancellation',
        status: 'succeeded',
        stripeRefundId: 're_3Q8vZxKc2eZvKYlo1aBcDeFg',
        failure: null,
        requestedAt: '2026-11-25T09:00:00.000Z',
        completedAt: '2026-11-25T09:00:02.000Z',
      },
    ],
  });
export type Refund = z.infer<typeof Refund>;

export const FreezeCause = z.enum(['dispute', 'chargeback', 'fraud_warning', 'admin']).meta({
  id: 'FreezeCause',
  description:
    "dispute: opened by one of the two sides · chargeback: the customer's bank questions the payment · fraud_warning: the bank warns of fraud · admin: the platform looks into it",
});

const Party = z.object({ id: z.string(), name: z.string() });
const nullableTime = Timestamp.nullable();

const examplePayment = {
  id: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
  bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
  job: { id: 'job_5qZr8Vb2NfK0tXy7WcL3mD', title: 'Repaint a kitchen' },
  customer: { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' },
  contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
  amount: { amount: 42_000, currency: 'eur' as const },
  commission: { amount: 4200, currency: 'eur' as const },
  contractorAmount: { amount: 37_800, currency: 'eur' as const },
  refunded: { amount: 0, currency: 'eur' as const },
  refunds: [],
  freezes: [],
  status: 'held' as const,
  stripePaymentId: 'pi_3Q8vZxKc2eZvKYlo1aBcDeFg',
  stripeStatus: 'succeeded',
  failure: null,
  releaseRequestedAt: null,
  releaseWaitsFor: null,
  refundRequestedAt: null,
  heldAt: '2026-11-24T12:05:00.000Z',
  releasedAt: null,
  withdrawnAt: null,
  refundedAt: null,
  createdAt: '2026-11-24T12:03:00.000Z',
  updatedAt: '2026-11-24T12:05:00.000Z',
};

export const Payment = z
  .object({
    id: idOf('pay'),
    bookingId: idOf('bkg'),
    job: z.object({ id: z.string(), title: z.string() }),
    customer: Party,
    contractor: Party,
    amount: Money,
    commission: Money.meta({ description: "the platform's share of what is not refunded" }),
    contractorAmount: Money.meta({
      description: 'what the contractor gets: amount less what is refunded, less the commission on the rest',
    }),
    refunded: Money.meta({ description: 'what goes or went back to the customer' }),
    refunds: z.array(Refund),
    freezes: z
      .array(z.object({ cause: FreezeCause, since: Timestamp }))
      .meta({ description: 'why the money does not move now; empty when it may' }),
    status: PaymentStatus,
    stripePaymentId: z.string().nullable(),
    stripeStatus: z.string().nullable().meta({
      description:
        "Stripe's own status of the intent, e.g. requires_payment_method, requires_action, processing, succeeded",
    }),
    failure: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'why the last attempt failed' }),
    releaseRequestedAt: nullableTime,
    releaseWaitsFor: z.enum(['contractor_onboarding', 'freeze']).nullable().meta({
      description: 'set while a requested release waits; it goes out by itself when this is resolved',
    }),
    refundRequestedAt: nullableTime,
    heldAt: nullableTime,
    releasedAt: nullableTime,
    withdrawnAt: nullableTime,
    refundedAt: nullableTime,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Payment', examples: [examplePayment] });
export type Payment = z.infer<typeof Payment>;

export const NextAction = z
  .object({
    type: z
      .string()
      .meta({ description: "Stripe's next_action type, e.g. redirect_to_url or use_stripe_sdk" }),
    redirectUrl: z.url().nullable().meta({ description: 'where to send the customer, for redirect_to_url' }),
  })
  .meta({
    id: 'NextAction',
    examples: [{ type: 'redirect_to_url', redirectUrl: 'https://hooks.stripe.com/3d_secure_2/hosted' }],
  });

const paymentParams = z.strictObject({ id: idOf('pay') });

export const payments = {
  createIntent: endpoint({
    method: 'POST',
    path: '/api/payments/create-intent',
    tag: 'Payments',
    summary: 'Create the payment of a confirmed booking',
    description:
      "The amount and the commission come from the booking. Calling it again returns the same payment. Give `clientSecret` to Stripe's own SDK, or confirm through the API.",
    access: 'customer',
    body: z
      .strictObject({ bookingId: idOf('bkg') })
      .meta({ examples: [{ bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD' }] }),
    response: z.object({
      payment: Payment,
      clientSecret: z.string().meta({
        description: "for Stripe's own SDK in the app; whoever has it can pay this payment",
        examples: ['pi_3Q8vZxKc2eZvKYlo1aBcDeFg_secret_Xy7WcL3mD5qZr8Vb2NfK0t'],
      }),
      publishableKey: z.string().meta({ examples: ['pk_test_5qZr8Vb2NfK0tXy7WcL3mD'] }),
    }),
    status: 201,
    idempotencyKey: 'optional',
    errors: ['conflict', 'payment_provider_failed'],
  }),
  confirm: endpoint({
    method: 'POST',
    path: '/api/payments/confirm',
    tag: 'Payments',
    summary: 'Confirm a payment, or re-read it after a confirmation in the app',
    description:
      'With `paymentMethod` the server confirms: the answer is held, or a `nextAction` the customer must take (3-D Secure), or 402 with the reason. Without it the payment is read from Stripe again, which is what to do after the app has confirmed by itself or the customer came back.',
    access: 'customer',
    body: z
      .strictObject({
        paymentId: idOf('pay'),
        paymentMethod: z
          .string()
          .regex(/^pm_[0-9A-Za-z_]{1,100}$/, 'must be a Stripe payment method (pm_…)')
          .optional(),
        returnUrl: z
          .url({ protocol: /^https?$/ })
          .max(2000)
          .optional()
          .meta({ description: 'where 3-D Secure sends the customer back to' }),
      })
      .meta({ examples: [{ paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD', paymentMethod: 'pm_card_visa' }] }),
    response: z.object({ payment: Payment, nextAction: NextAction.nullable() }),
    idempotencyKey: 'optional',
    errors: ['card_declined', 'conflict', 'unprocessable', 'payment_provider_failed'],
  }),
  history: endpoint({
    method: 'GET',
    path: '/api/payments/history',
    tag: 'Payments',
    summary: "List one's payments, newest first",
    description: 'As customer or as contractor, whichever side the caller is on.',
    access: 'user',
    query: z.strictObject({
      ...pageQuery,
      status: PaymentStatus.optional().meta({ description: 'only payments in this status' }),
      bookingId: idOf('bkg').optional().meta({ description: 'only payments of this booking' }),
    }),
    response: pageOf(Payment),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/payments/:id',
    tag: 'Payments',
    summary: 'One payment',
    access: 'user',
    params: paymentParams,
    response: Payment,
  }),
};
