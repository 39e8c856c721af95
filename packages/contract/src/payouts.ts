import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf, Timestamp } from './fields.ts';
import { CurrencyCode, Money } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';
import { PayoutSchedule, ScheduleRequest } from './payout-schedule.ts';

export const payoutStatuses = ['pending', 'in_transit', 'paid', 'failed', 'canceled'] as const;
export const PayoutStatus = z.enum(payoutStatuses).meta({ id: 'PayoutStatus' });
export type PayoutStatus = z.infer<typeof PayoutStatus>;

/** Why a withdrawal did not reach the bank; its money is back in the balance. */
export const PayoutFailure = z
  .object({
    code: z.string().meta({ description: "Stripe's code, or why it was refused before it was sent" }),
    message: z.string(),
    advice: z.string().meta({ description: 'what the contractor should do' }),
  })
  .meta({
    id: 'PayoutFailure',
    examples: [
      {
        code: 'account_closed',
        message: 'The bank account has been closed.',
        advice:
          'Add another bank account: POST /api/payouts/connect gives a link to the Stripe dashboard. Then withdraw again.',
      },
    ],
  });
export type PayoutFailure = z.infer<typeof PayoutFailure>;

export const Payout = z
  .object({
    id: idOf('pout'),
    contractor: z.object({ id: z.string(), name: z.string() }),
    amount: Money,
    status: PayoutStatus,
    stripePayoutId: z.string().nullable(),
    scheduled: z.boolean().meta({ description: 'made by the schedule, not by a request' }),
    failure: PayoutFailure.nullable(),
    arrivalDate: Timestamp.nullable().meta({ description: 'when the bank is expected to have it' }),
    requestDate: Timestamp,
    completedDate: Timestamp.nullable(),
  })
  .meta({
    id: 'Payout',
    examples: [
      {
        id: 'pout_5qZr8Vb2NfK0tXy7WcL3mD',
        contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
        amount: { amount: 18_000, currency: 'eur' },
        status: 'in_transit',
        stripePayoutId: 'po_1Q8vZxKc2eZvKYlo1aBcDeFg',
        scheduled: false,
        failure: null,
        arrivalDate: '2026-12-03T00:00:00.000Z',
        requestDate: '2026-12-01T10:00:00.000Z',
        completedDate: null,
      },
    ],
  });
export type Payout = z.infer<typeof Payout>;

/** Where a contractor's money is, in one currency. All minor units. */
export const CurrencyBalance = z
  .object({
    currency: CurrencyCode,
    held: z.int().meta({ description: 'in escrow for work not completed, commission already taken off' }),
    releasable: z.int().meta({ description: 'completed, on its way or waiting for onboarding' }),
    pending: z.int().meta({ description: 'released, not yet settled by Stripe' }),
    available: z.int().meta({ description: 'can be withdrawn now' }),
    frozen: z.int().meta({ description: 'released, and cannot be withdrawn while its payment is frozen' }),
    debt: z.int().meta({
      description:
        'to be given back, after a refund or chargeback of what was withdrawn: taken off what is released next',
    }),
    inTransit: z.int().meta({ description: 'withdrawn, on its way to the bank' }),
    withdrawn: z.int().meta({ description: 'arrived at the bank' }),
    minimumWithdrawal: z
      .int()
      .meta({ description: 'the least that can be withdrawn at a time; 0: no least' }),
    nextAvailableAt: Timestamp.nullable().meta({
      description: 'when the next part of `pending` can be withdrawn, if Stripe has said when',
    }),
  })
  .meta({
    id: 'CurrencyBalance',
    examples: [
      {
        currency: 'eur',
        held: 9000,
        releasable: 0,
        pending: 4500,
        available: 18_000,
        frozen: 0,
        debt: 0,
        inTransit: 0,
        withdrawn: 27_000,
        minimumWithdrawal: 1000,
        nextAvailableAt: '2026-12-04T00:00:00.000Z',
      },
    ],
  });

export const PayoutAccount = z
  .object({
    state: z.enum(['none', 'onboarding', 'restricted', 'ready', 'closed']).meta({
      description:
        'none: not begun · onboarding: details missing · restricted: Stripe has switched something off · ready: can receive and withdraw · closed: no longer ours to use, `connect` makes another',
    }),
    stripeAccountId: z.string().nullable(),
    transfersActive: z.boolean(),
    payoutsEnabled: z.boolean(),
    requirementsDue: z.array(z.string()),
    disabledReason: z.string().nullable(),
  })
  .meta({
    id: 'PayoutAccount',
    examples: [
      {
        state: 'ready',
        stripeAccountId: 'acct_1Q8vZxKc2eZvKYlo',
        transfersActive: true,
        payoutsEnabled: true,
        requirementsDue: [],
        disabledReason: null,
      },
    ],
  });

const webAddress = z.url({ protocol: /^https?$/ }).max(2000);

export const payouts = {
  connect: endpoint({
    method: 'POST',
    path: '/api/payouts/connect',
    tag: 'Payouts',
    summary: 'Begin or resume onboarding with Stripe',
    description:
      'Creates the account once and returns a link that is good for a few minutes and one use: open it in a browser, never send it by mail. When nothing is missing any more the link leads to the Stripe dashboard. In place of an account that was closed or disconnected another is made; what was left in the old one stays the contractor’s at Stripe and leaves the balance here. While a withdrawal from the old account has not ended this is a conflict.',
    access: 'contractor',
    body: z
      .strictObject({
        country: z
          .string()
          .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 country code')
          .default('US')
          .meta({ description: 'used when the account is created; it cannot change later' }),
        returnUrl: webAddress.optional(),
        refreshUrl: webAddress.optional().meta({
          description: 'where Stripe sends somebody whose link has expired; the app asks for a new one there',
        }),
      })
      .meta({ examples: [{ country: 'US', returnUrl: 'https://app.example.org/payouts' }] }),
    response: z.object({
      account: PayoutAccount,
      url: z.url().meta({ examples: ['https://connect.stripe.com/setup/e/acct_1Q8vZxKc2eZvKYlo/9kq2'] }),
      expiresAt: Timestamp.nullable(),
    }),
    errors: ['conflict', 'payment_provider_failed'],
  }),
  balance: endpoint({
    method: 'GET',
    path: '/api/payouts/balance',
    tag: 'Payouts',
    summary: 'Where the money is, per currency',
    access: 'contractor',
    response: z.object({ account: PayoutAccount, balances: z.array(CurrencyBalance) }),
    errors: ['payment_provider_failed'],
  }),
  withdraw: endpoint({
    method: 'POST',
    path: '/api/payouts/withdraw',
    tag: 'Payouts',
    summary: 'Withdraw to the bank',
    description:
      'Without `amount` everything that is available in the currency is withdrawn. `insufficient_funds` says in `availableAt` when the amount, or without one all that is owed, can be withdrawn.',
    access: 'contractor',
    body: z
      .strictObject({
        currency: CurrencyCode,
        amount: z.int().min(1).max(9_999_999_999).optional().meta({ description: 'minor units' }),
      })
      .meta({ examples: [{ currency: 'eur', amount: 18_000 }] }),
    response: Payout,
    status: 202,
    idempotencyKey: 'required',
    errors: ['onboarding_required', 'insufficient_funds', 'below_minimum', 'payment_provider_failed'],
  }),
  history: endpoint({
    method: 'GET',
    path: '/api/payouts/history',
    tag: 'Payouts',
    summary: "List one's withdrawals, newest first",
    access: 'contractor',
    query: z.strictObject({
      ...pageQuery,
      status: PayoutStatus.optional().meta({ description: 'only withdrawals in this status' }),
    }),
    response: pageOf(Payout),
  }),
  schedule: endpoint({
    method: 'GET',
    path: '/api/payouts/schedule',
    tag: 'Payouts',
    summary: 'When withdrawals are made by themselves',
    access: 'contractor',
    response: PayoutSchedule,
  }),
  setSchedule: endpoint({
    method: 'PUT',
    path: '/api/payouts/schedule',
    tag: 'Payouts',
    summary: 'Set when withdrawals are made by themselves',
    description:
      'Each run withdraws all that is available in every currency, if it reaches the minimum; what cannot be withdrawn waits for the next run. Setting the schedule, be it the same again, also ends a pause.',
    access: 'contractor',
    body: ScheduleRequest,
    response: PayoutSchedule,
  }),
};
