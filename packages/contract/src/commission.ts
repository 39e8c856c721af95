import { z } from 'zod';
import { Reason } from './admin.ts';
import { endpoint } from './endpoint.ts';
import { Category, Day, idOf, Timestamp } from './fields.ts';
import { CurrencyCode } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';
import { UserId } from './people.ts';

const BasisPoints = z
  .int()
  .min(0)
  .max(9000)
  .nullable()
  .meta({
    description: 'hundredths of a percent: 1250 is 12.5 %; null ends the rule, the next broader one applies',
    examples: [1250],
  });

const exampleRate = {
  id: 'rate_5qZr8Vb2NfK0tXy7WcL3mD',
  basisPoints: 1250,
  category: 'painting' as const,
  contractorId: null,
  effectiveFrom: '2026-12-01T00:00:00.000Z',
  reason: 'Winter campaign ends.',
  createdBy: 'usr_2bCd3eFg4hIj5kLm6nOp7q',
  createdAt: '2026-11-24T09:30:00.000Z',
};

/** One change of the commission. For contractor and category, contractor, category, or all: the narrowest applies. */
export const CommissionRate = z
  .object({
    id: idOf('rate'),
    basisPoints: BasisPoints,
    category: Category.nullable(),
    contractorId: z.string().nullable(),
    effectiveFrom: Timestamp,
    reason: z.string(),
    createdBy: z.string(),
    createdAt: Timestamp,
  })
  .meta({ id: 'CommissionRate', examples: [exampleRate] });
export type CommissionRate = z.infer<typeof CommissionRate>;

const RateInput = z
  .strictObject({
    basisPoints: BasisPoints,
    category: Category.nullable().optional(),
    contractorId: UserId.nullable().optional(),
    effectiveFrom: Timestamp.max(40)
      .regex(/^\d{4}-\d\d-\d\dT[\d:.]{5,20}Z$/, 'must be UTC, as in 2026-12-01T00:00:00.000Z')
      .optional()
      .meta({ description: 'not in the past; now if left out', examples: ['2026-12-01T00:00:00.000Z'] }),
    reason: Reason,
  })
  .meta({
    examples: [
      {
        basisPoints: 1250,
        category: 'painting',
        effectiveFrom: '2030-12-01T00:00:00.000Z',
        reason: 'Winter campaign ends.',
      },
      { basisPoints: 500, contractorId: 'usr_9zYx8wVu7tSr6qPo5nMl4k', reason: 'Thousand jobs done.' },
    ],
  });
export type RateInput = z.output<typeof RateInput>;

export const reportGroups = ['day', 'month', 'category', 'contractor', 'currency'] as const;
const ReportGroup = z.enum(reportGroups).default('currency');

const maximumDays = 1100;
const ReportQuery = z
  .strictObject({
    from: Day.meta({ description: 'first day, in UTC' }),
    to: Day.meta({ description: 'last day, in UTC' }),
    groupBy: ReportGroup.meta({ description: 'what one row of the report is about' }),
  })
  .superRefine(({ from, to }, issues) => {
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
    const problem =
      days < 0 ? 'must not be before from' : days > maximumDays ? 'must be within three years of from' : '';
    if (problem !== '') issues.addIssue({ code: 'custom', path: ['to'], message: problem });
  });
export type ReportQuery = z.output<typeof ReportQuery>;

const sums = {
  currency: CurrencyCode,
  payments: z.int().meta({ description: 'that moved in the period' }),
  gross: z.int().meta({ description: 'released: what contractors got and the commission' }),
  commission: z.int(),
  stripeFees: z.int(),
  netIncome: z.int().meta({ description: "commission less Stripe's fees" }),
};
const exampleSums = {
  currency: 'eur' as const,
  payments: 2,
  gross: 84_000,
  commission: 8400,
  stripeFees: 1310,
  netIncome: 7090,
};

/** Minor units, taken from the ledger by the day on which it was booked. */
export const CommissionReport = z
  .object({
    from: z.string(),
    to: z.string(),
    groupBy: z.enum(reportGroups),
    rows: z.array(
      z.object({
        group: z.string().nullable().meta({
          description: 'day, month, category, contractor id or currency; null for what belongs to no payment',
        }),
        label: z.string().nullable().meta({ description: "a contractor's name" }),
        ...sums,
      }),
    ),
    totals: z.array(z.object(sums)),
  })
  .meta({
    id: 'CommissionReport',
    examples: [
      {
        from: '2026-11-01',
        to: '2026-11-30',
        groupBy: 'category',
        rows: [{ group: 'painting', label: null, ...exampleSums }],
        totals: [exampleSums],
      },
    ],
  });
export type CommissionReport = z.infer<typeof CommissionReport>;

const shared = { tag: 'Commission', access: 'admin' } as const;

export const commission = {
  listRates: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/admin/commission-rates',
    summary: 'List changes of the commission, newest first',
    query: z.strictObject({
      category: Category.optional().meta({ description: 'only rates for this trade' }),
      contractorId: UserId.optional(),
      ...pageQuery,
    }),
    response: pageOf(CommissionRate),
  }),
  setRate: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/admin/commission-rates',
    summary: 'Set the commission from a date on',
    description:
      'For all, for a category, for a contractor, or for a contractor in a category. Payments whose intent exists keep theirs.',
    body: RateInput,
    response: CommissionRate,
    status: 201,
    errors: ['not_found', 'unprocessable'],
  }),
  report: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/admin/reports/commission',
    summary: "Commission and Stripe's fees of a period, grouped",
    query: ReportQuery,
    response: CommissionReport,
  }),
  reportCsv: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/admin/reports/commission.csv',
    summary: 'The same report as a table for spreadsheets',
    query: ReportQuery,
    produces: 'text/csv',
    response: z.string().meta({
      examples: [
        'group,label,payments,gross,commission,stripe fees,net income,currency\r\npainting,,2,840.00,84.00,13.10,70.90,EUR\r\n',
      ],
    }),
  }),
};
