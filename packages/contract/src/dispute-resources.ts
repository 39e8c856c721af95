import { z } from 'zod';
import { Booking, BookingId } from './bookings.ts';
import { idOf, Timestamp } from './fields.ts';
import { File } from './file-resources.ts';
import { JobId, PersonName } from './jobs.ts';
import { Money } from './money.ts';
import { FreezeCause, Payment } from './payments.ts';

/** What is shown of disputes, to both sides and to admins. */

export const disputeStates = ['open', 'answered', 'decided', 'withdrawn'] as const;
export const DisputeState = z.enum(disputeStates).meta({
  id: 'DisputeState',
  description: 'open: the other side has not answered yet · answered: the platform decides',
});
export type DisputeState = z.infer<typeof DisputeState>;

export const DisputeReason = z
  .enum(['not_done', 'poor_quality', 'not_as_agreed', 'damage', 'no_access', 'other'])
  .meta({
    id: 'DisputeReason',
    description: 'no_access: the contractor could not get to the work',
    examples: ['poor_quality'],
  });
export type DisputeReason = z.infer<typeof DisputeReason>;

export const DisputeDecision = z.enum(['release', 'refund', 'split']).meta({
  id: 'DisputeDecision',
  description:
    'release: all to the contractor, the commission taken off · refund: all back to the customer · split: a part back, the rest released',
  examples: ['split'],
});
export type DisputeDecision = z.infer<typeof DisputeDecision>;

export const DisputeId = idOf('dsp');
const Side = z.enum(['customer', 'contractor']);
const time = Timestamp.nullable();

const exampleDispute = {
  id: 'dsp_5qZr8Vb2NfK0tXy7WcL3mD',
  bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
  job: { id: 'job_5qZr8Vb2NfK0tXy7WcL3mD', title: 'Repaint a kitchen' },
  customer: { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' },
  contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
  price: { amount: 42_000, currency: 'eur' as const },
  openedBy: 'customer' as const,
  reason: 'poor_quality' as const,
  description: 'The ceiling has one coat, and it shows.',
  state: 'decided' as const,
  answerBy: '2026-11-27T09:30:00.000Z',
  decideBy: '2026-12-08T09:30:00.000Z',
  decision: 'split' as const,
  refund: { amount: 10_000, currency: 'eur' as const },
  decidedBy: 'admin' as const,
  decisionNote: 'The walls are fine, the ceiling has to be painted again.',
  openedAt: '2026-11-24T09:30:00.000Z',
  answeredAt: '2026-11-25T08:00:00.000Z',
  closedAt: '2026-11-26T15:10:00.000Z',
};

const disputeFields = {
  id: DisputeId,
  bookingId: BookingId,
  job: z.object({ id: JobId, title: z.string() }),
  customer: PersonName,
  contractor: PersonName,
  price: Money,
  openedBy: Side,
  reason: DisputeReason,
  description: z.string(),
  state: DisputeState,
  answerBy: Timestamp.meta({
    description: 'a side that has said nothing until then loses: the dispute is decided for who opened it',
  }),
  decideBy: Timestamp.meta({ description: 'when the rules decide if nobody has decided before' }),
  decision: DisputeDecision.nullable(),
  refund: Money.nullable().meta({ description: 'what goes back to the customer by the decision' }),
  decidedBy: z
    .enum(['admin', 'rules', 'concession'])
    .nullable()
    .meta({ description: 'rules: a time limit was over · concession: the other side gave in' }),
  decisionNote: z.string().nullable().meta({ description: 'why, for both sides' }),
  openedAt: Timestamp,
  answeredAt: time,
  closedAt: time.meta({ description: 'decided or withdrawn at' }),
};

export const Dispute = z.object(disputeFields).meta({ id: 'Dispute', examples: [exampleDispute] });
export type Dispute = z.infer<typeof Dispute>;

const exampleEvidence = {
  id: 'evd_5qZr8Vb2NfK0tXy7WcL3mD',
  side: 'contractor' as const,
  kind: 'text' as const,
  text: 'Two coats were agreed for the walls only, see my quote.',
  file: null,
  createdAt: '2026-11-25T08:00:00.000Z',
};

export const Evidence = z
  .object({
    id: idOf('evd'),
    side: Side.meta({ description: 'whose word it is' }),
    kind: z.enum(['text', 'file']),
    text: z.string().meta({ description: "a file's caption, perhaps empty" }),
    file: File.nullable().meta({ description: 'null for text, and once the file was deleted' }),
    createdAt: Timestamp,
  })
  .meta({ id: 'Evidence', examples: [exampleEvidence] });
export type Evidence = z.infer<typeof Evidence>;

const evidenceField = z.array(Evidence).meta({ description: 'oldest first; both sides see all of it' });

export const DisputeDetails = z
  .object({ ...disputeFields, evidence: evidenceField })
  .meta({ id: 'DisputeDetails', examples: [{ ...exampleDispute, evidence: [exampleEvidence] }] });
export type DisputeDetails = z.infer<typeof DisputeDetails>;

/** All that an admin needs to decide. */
export const DisputeFile = z.object({
  dispute: DisputeDetails,
  admin: PersonName.nullable().meta({ description: 'who decided' }),
  booking: Booking.meta({ description: 'with the delivery note and the times of its course' }),
  proof: z.array(File).meta({ description: 'of the work, as the contractor showed it' }),
  payment: Payment,
  freezes: z
    .array(z.object({ cause: FreezeCause, subject: z.string(), reason: z.string(), since: Timestamp }))
    .meta({ description: 'why the payment does not move now; others than the dispute stop its decision' }),
});
export type DisputeFile = z.infer<typeof DisputeFile>;
