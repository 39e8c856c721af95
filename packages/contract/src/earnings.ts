import { z } from 'zod';
import { BookingState } from './bookings.ts';
import { endpoint } from './endpoint.ts';
import { idOf, Timestamp } from './fields.ts';
import { CurrencyCode, Money } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

const day = (description: string, example: string) =>
  z.iso
    .date()
    .refine((text) => text >= '2000' && text < '2200', 'must be a day from 2000 to 2199')
    .meta({ description, examples: [example] });

const plainDay = z.iso.date().meta({ examples: ['2026-11-24'] });
const minor = z.int().meta({ description: 'minor units; negative when more was taken back than earned' });

const sums = {
  payments: z.int().meta({ description: 'how many payments were released' }),
  gross: minor.meta({ description: 'what customers paid for it, minor units: commission + net' }),
  commission: minor.meta({ description: "the platform's part, minor units" }),
  net: minor.meta({ description: "the contractor's part, minor units" }),
};

/** What was earned in one currency: released, less what was taken back. */
export const Earnings = z.object({ currency: CurrencyCode, ...sums }).meta({
  id: 'Earnings',
  examples: [{ currency: 'eur', payments: 2, gross: 87_000, commission: 8700, net: 78_300 }],
});
export type Earnings = z.infer<typeof Earnings>;

export const EarningsGroup = z.enum(['day', 'week', 'month']).meta({ id: 'EarningsGroup' });
export type EarningsGroup = z.infer<typeof EarningsGroup>;

export const EarningsPeriod = z
  .object({
    period: z.string().meta({ description: '2026-11-24, 2026-W48 (ISO week) or 2026-11' }),
    from: plainDay.meta({ description: 'its first day, not before the first day asked for' }),
    to: plainDay.meta({ description: 'its last day, not after the last day asked for' }),
    amounts: z
      .array(Earnings)
      .meta({ description: 'one for each currency of `totals`, in that order, zeros included' }),
  })
  .meta({
    id: 'EarningsPeriod',
    examples: [
      {
        period: '2026-W48',
        from: '2026-11-23',
        to: '2026-11-29',
        amounts: [{ currency: 'eur', payments: 2, gross: 87_000, commission: 8700, net: 78_300 }],
      },
    ],
  });
export type EarningsPeriod = z.infer<typeof EarningsPeriod>;

export const UpcomingEarning = z
  .object({
    paymentId: idOf('pay'),
    bookingId: idOf('bkg'),
    job: z.object({ id: z.string(), title: z.string() }),
    bookingState: BookingState,
    amount: Money.meta({ description: 'what the customer paid' }),
    contractorAmount: Money.meta({ description: 'what the contractor will get' }),
    heldAt: Timestamp,
    expectedReleaseAt: Timestamp.nullable().meta({
      description:
        'end of the review period for delivered work, the moment of completion for what is on its way; null when nobody can know',
    }),
    waitsFor: z.enum(['contractor_onboarding', 'freeze']).nullable().meta({
      description: 'set when the work is completed and the payout account cannot take the money yet',
    }),
  })
  .meta({
    id: 'UpcomingEarning',
    examples: [
      {
        paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        job: { id: 'job_5qZr8Vb2NfK0tXy7WcL3mD', title: 'Repaint a kitchen' },
        bookingState: 'delivered',
        amount: { amount: 42_000, currency: 'eur' },
        contractorAmount: { amount: 37_800, currency: 'eur' },
        heldAt: '2026-11-24T12:05:00.000Z',
        expectedReleaseAt: '2026-11-28T16:00:00.000Z',
        waitsFor: null,
      },
    ],
  });
export type UpcomingEarning = z.infer<typeof UpcomingEarning>;

const statementSums = {
  ...sums,
  paidOut: minor.meta({
    description:
      'what reached the bank, or was left in a Stripe account that was closed, less what the bank returned, minor units',
  }),
};

export const EarningsStatement = z
  .object({
    year: z.int(),
    timeZone: z.string().meta({ description: 'where the days and months begin and end' }),
    isComplete: z.boolean().meta({ description: 'whether the year is over' }),
    contractor: z.object({ id: z.string(), name: z.string() }),
    currencies: z.array(
      z.object({
        currency: CurrencyCode,
        openingBalance: z
          .int()
          .meta({ description: 'earned and not at the bank when the year began, minor units' }),
        months: z
          .array(z.object({ month: z.string().meta({ description: '2026-01' }), ...statementSums }))
          .meta({ description: 'all twelve' }),
        totals: z.object(statementSums),
        closingBalance: z.int().meta({ description: 'the same when it ended, or now; minor units' }),
      }),
    ),
  })
  .meta({
    id: 'EarningsStatement',
    examples: [
      {
        year: 2026,
        timeZone: 'Europe/Vienna',
        isComplete: false,
        contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
        currencies: [
          {
            currency: 'eur',
            openingBalance: 0,
            months: [
              {
                month: '2026-01',
                payments: 2,
                gross: 87_000,
                commission: 8700,
                net: 78_300,
                paidOut: 60_000,
              },
            ],
            totals: { payments: 2, gross: 87_000, commission: 8700, net: 78_300, paidOut: 60_000 },
            closingBalance: 18_300,
          },
        ],
      },
    ],
  });
export type EarningsStatement = z.infer<typeof EarningsStatement>;

const reportQuery = z.strictObject({
  groupBy: EarningsGroup.default('day').meta({ description: 'weeks are ISO weeks and begin on Monday' }),
  from: day('the first day; 30 days, 12 weeks or 12 months back if left out', '2026-11-01').optional(),
  to: day('the last day, itself included; today if left out', '2026-11-30').optional(),
});

const statementParams = z.strictObject({
  year: z
    .string()
    .regex(/^2[01]\d\d$/, 'must be a year from 2000 to 2199')
    .transform(Number)
    .meta({ description: 'a year in which the account existed', examples: ['2026'] }),
});

export const earnings = {
  report: endpoint({
    method: 'GET',
    path: '/api/earnings',
    tag: 'Earnings',
    summary: 'What was earned, by day, week or month',
    description:
      "Counted when the money is released. Days begin and end in the contractor's own time zone. Every period of the range is there, at most 400; currencies are never added up.",
    access: 'contractor',
    query: reportQuery,
    response: z.object({
      groupBy: EarningsGroup,
      from: plainDay,
      to: plainDay,
      timeZone: z.string().meta({ examples: ['Europe/Vienna'] }),
      totals: z.array(Earnings).meta({ description: 'one for each currency earned in the range' }),
      periods: z.array(EarningsPeriod),
    }),
  }),
  csv: endpoint({
    method: 'GET',
    path: '/api/earnings.csv',
    tag: 'Earnings',
    summary: 'What was earned, one line for each released payment',
    description:
      'Takes the same query. The columns are date, kind (release, or reversal for what was taken back), job, customer (first name), gross, commission, net, currency and payment. Amounts are decimal numbers of the currency, such as 405.00.',
    access: 'contractor',
    query: reportQuery,
    response: z.string().meta({
      examples: [
        'date,kind,job,customer,gross,commission,net,currency,payment\r\n2026-11-24,release,Repaint a kitchen,Ada,450.00,45.00,405.00,EUR,pay_5qZr8Vb2NfK0tXy7WcL3mD\r\n',
      ],
    }),
    produces: 'text/csv',
    errors: ['unprocessable'],
  }),
  upcoming: endpoint({
    method: 'GET',
    path: '/api/earnings/upcoming',
    tag: 'Earnings',
    summary: 'What is held and not released yet, newest first',
    description: '`totals` are of all of it, not of the page.',
    access: 'contractor',
    query: z.strictObject(pageQuery),
    response: pageOf(UpcomingEarning).extend({ totals: z.array(Earnings) }),
  }),
  statement: endpoint({
    method: 'GET',
    path: '/api/earnings/statement/:year',
    tag: 'Earnings',
    summary: 'The statement of a year, as a page to print',
    description: 'Complete in itself and without scripts: show it, save it or print it.',
    access: 'contractor',
    params: statementParams,
    response: z.string().meta({ examples: ['<!doctype html><title>Earnings 2026</title>…'] }),
    produces: 'text/html',
  }),
  statementData: endpoint({
    method: 'GET',
    path: '/api/earnings/statement/:year/json',
    tag: 'Earnings',
    summary: 'The statement of a year, as data',
    access: 'contractor',
    params: statementParams,
    response: EarningsStatement,
  }),
};
