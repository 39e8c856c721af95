import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf, Timestamp } from './fields.ts';
import { pageOf, pageQuery } from './pages.ts';

const at = '2026-11-24T09:30:00.000Z';

export const reconciliationStatuses = ['waiting', 'running', 'complete', 'incomplete'] as const;
export const ReconciliationStatus = z.enum(reconciliationStatuses).meta({
  id: 'ReconciliationStatus',
  description: 'incomplete: something could not be read, so that no findings prove nothing',
});
export type ReconciliationStatus = z.infer<typeof ReconciliationStatus>;

const summary = {
  id: idOf('rec'),
  status: ReconciliationStatus,
  requestedBy: z
    .string()
    .nullable()
    .meta({ description: 'the admin who asked for it; null: it came by the clock' }),
  requestedAt: Timestamp,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
  findings: z
    .int()
    .nullable()
    .meta({ description: 'differences that have lasted; null until it has finished' }),
  unconfirmed: z
    .int()
    .nullable()
    .meta({ description: 'differences seen for less than 45 minutes: most of them settle by themselves' }),
};
const exampleSummary = {
  id: 'rec_5qZr8Vb2NfK0tXy7WcL3mD',
  status: 'complete' as const,
  requestedBy: null,
  requestedAt: at,
  startedAt: at,
  finishedAt: '2026-11-24T09:30:42.000Z',
  findings: 1,
  unconfirmed: 0,
};

/** One comparison of the ledger, our rows and Stripe. */
export const Reconciliation = z.object(summary).meta({ id: 'Reconciliation', examples: [exampleSummary] });
export type Reconciliation = z.infer<typeof Reconciliation>;

export const Difference = z
  .object({
    check: z.string().meta({ description: 'what must be true' }),
    subject: z.string().meta({ description: 'the row, object or balance that it is about' }),
    detail: z.string().meta({ description: 'both sides' }),
    firstSeenAt: Timestamp,
    isFinding: z.boolean().meta({ description: 'false: not seen for long enough to be one' }),
  })
  .meta({
    id: 'Difference',
    examples: [
      {
        check: 'every release is exactly one transfer at Stripe, and back',
        subject: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        detail: 'with us (tr_1Q8vZxKc2eZvKYlo 37800 eur), not at Stripe',
        firstSeenAt: at,
        isFinding: true,
      },
    ],
  });
export type Difference = z.infer<typeof Difference>;

export const ReconciliationCheck = z
  .object({
    name: z.string(),
    differences: z.int(),
    incomplete: z.string().nullable().meta({ description: 'why it could not be completed; null: it was' }),
    notRead: z
      .array(z.object({ subject: z.string(), detail: z.string() }))
      .meta({ description: 'accounts that cannot be read and that nothing of ours is on' }),
  })
  .meta({
    id: 'ReconciliationCheck',
    examples: [
      {
        name: 'every release is exactly one transfer at Stripe, and back',
        differences: 1,
        incomplete: null,
        notRead: [],
      },
    ],
  });
export type ReconciliationCheck = z.infer<typeof ReconciliationCheck>;

export const ReconciliationDetails = z
  .object({
    ...summary,
    checks: z.array(ReconciliationCheck),
    differences: z.array(Difference).meta({ description: 'findings first; the first 1000' }),
  })
  .meta({
    id: 'ReconciliationDetails',
    examples: [
      {
        ...exampleSummary,
        checks: [
          {
            name: 'every release is exactly one transfer at Stripe, and back',
            differences: 1,
            incomplete: null,
            notRead: [],
          },
        ],
        differences: [
          {
            check: 'every release is exactly one transfer at Stripe, and back',
            subject: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
            detail: 'with us (tr_1Q8vZxKc2eZvKYlo 37800 eur), not at Stripe',
            firstSeenAt: at,
            isFinding: true,
          },
        ],
      },
    ],
  });
export type ReconciliationDetails = z.infer<typeof ReconciliationDetails>;

const shared = { tag: 'Admin', access: 'admin' } as const;

const list = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/reconciliations',
  summary: 'List reconciliations with Stripe, newest first',
  query: z.strictObject(pageQuery),
  response: pageOf(Reconciliation),
});

const get = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/reconciliations/:id',
  summary: 'One reconciliation with what it found',
  params: z.strictObject({ id: idOf('rec') }),
  response: ReconciliationDetails,
});

const start = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/reconciliations',
  summary: 'Compare ledger, rows and Stripe now',
  description: 'The answer is the one that was begun, or the one that is under way already.',
  response: Reconciliation,
  status: 202,
});

export const reconciliations = { list, get, start } as const;
