import { z } from 'zod';
import { Reason } from './admin.ts';
import { AdminMessagePage } from './admin-chat-resources.ts';
import { Approval } from './admin-records.ts';
import { BookingId } from './bookings.ts';
import { HistoryQuery } from './chat.ts';
import {
  Dispute,
  DisputeDecision,
  DisputeDetails,
  DisputeFile,
  DisputeId,
  DisputeReason,
  DisputeState,
  Evidence,
} from './dispute-resources.ts';
import { endpoint } from './endpoint.ts';
import { prose } from './fields.ts';
import { maximumChargeMinor } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

export const DisputeInput = z
  .strictObject({ reason: DisputeReason, description: prose(1, 5000) })
  .meta({ examples: [{ reason: 'poor_quality', description: 'The ceiling has one coat, and it shows.' }] });
export type DisputeInput = z.output<typeof DisputeInput>;

const Resolution = z
  .strictObject({
    decision: DisputeDecision,
    refundAmount: z.int().min(1).max(maximumChargeMinor).optional().meta({
      description:
        "for a split only: minor units that go back to the customer, less than what is held and in the currency's steps",
    }),
    note: Reason,
  })
  .superRefine(({ decision, refundAmount }, issues) => {
    if ((decision === 'split') !== (refundAmount !== undefined))
      issues.addIssue({
        code: 'custom',
        path: ['refundAmount'],
        message: decision === 'split' ? 'is required for a split' : 'is for a split only',
      });
  })
  .meta({
    examples: [
      {
        decision: 'split',
        refundAmount: 10_000,
        note: 'The walls are fine, the ceiling has to be painted again.',
      },
      { decision: 'release', note: 'The work is as agreed.' },
    ],
  });
export type DisputeResolution = z.output<typeof Resolution>;

const params = z.strictObject({ id: DisputeId });
const onlyState = DisputeState.optional().meta({ description: 'only disputes in this state' });
const shared = { tag: 'Disputes', access: 'user' } as const;
const forAdmins = { tag: 'Disputes', access: 'admin' } as const;

export const disputes = {
  open: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/bookings/:id/dispute',
    summary: 'Open a dispute about a booking I take part in',
    description:
      'While its money is held: before the job is marked complete, the review period has ended, or the booking is cancelled. The money stays where it is until the dispute is decided or withdrawn; both sides are told by mail.',
    params: z.strictObject({ id: BookingId }),
    body: DisputeInput,
    response: Dispute,
    status: 201,
    errors: ['not_found', 'conflict'],
    idempotencyKey: 'optional',
  }),
  listOwn: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/me/disputes',
    summary: 'List the disputes I take part in, newest first',
    query: z.strictObject({ state: onlyState, ...pageQuery }),
    response: pageOf(Dispute),
  }),
  get: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/disputes/:id',
    summary: 'Show a dispute I take part in, with the evidence of both sides',
    params,
    response: DisputeDetails,
    errors: ['not_found'],
  }),
  addEvidence: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/disputes/:id/evidence',
    summary: 'Say what happened',
    description:
      "At most 50 times a side, until the dispute is closed. The other side's first word is the answer, due by answerBy. Files are added by uploading them for this purpose.",
    params,
    body: z
      .strictObject({ text: prose(1, 5000) })
      .meta({ examples: [{ text: 'Two coats were agreed for the walls only, see my quote.' }] }),
    response: Evidence,
    status: 201,
    errors: ['not_found', 'conflict'],
    idempotencyKey: 'optional',
  }),
  withdraw: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/disputes/:id/withdraw',
    summary: 'Take back a dispute that I opened',
    description:
      'The booking goes on where it was. Delivered work can be looked at for at least 24 hours more; then it counts as complete.',
    params,
    response: Dispute,
    errors: ['not_found', 'conflict'],
  }),
  concede: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/disputes/:id/concede',
    summary: 'Give in to a dispute that the other side opened',
    description:
      'If the customer opened it, all of the money goes back to them; if the contractor did, all of it is released.',
    params,
    response: Dispute,
    errors: ['not_found', 'conflict'],
    idempotencyKey: 'optional',
  }),
  listAll: endpoint({
    ...forAdmins,
    method: 'GET',
    path: '/api/admin/disputes',
    summary: 'List disputes, those that must be decided first at the top',
    query: z.strictObject({
      state: onlyState,
      sort: z
        .enum(['due', 'newest'])
        .optional()
        .meta({ description: 'due: earliest decideBy first, if left out · newest: opened last first' }),
      ...pageQuery,
    }),
    response: pageOf(Dispute),
  }),
  getFile: endpoint({
    ...forAdmins,
    method: 'GET',
    path: '/api/admin/disputes/:id',
    summary: 'Everything about a dispute',
    params,
    response: DisputeFile,
    errors: ['not_found'],
  }),
  listMessages: endpoint({
    ...forAdmins,
    method: 'GET',
    path: '/api/admin/disputes/:id/messages',
    summary: 'Read what the two sides of a dispute wrote to each other, by seq',
    description:
      'All of their room, whatever it was about: deleted messages without words, held back ones with them. That it was read is in the audit log.',
    params,
    query: HistoryQuery,
    response: AdminMessagePage,
    errors: ['not_found'],
  }),
  resolve: endpoint({
    ...forAdmins,
    method: 'POST',
    path: '/api/admin/disputes/:id/resolve',
    summary: 'Decide a dispute',
    description:
      'The money moves as decided and the booking ends with it. A refund above REFUND_APPROVAL_ABOVE waits for a second admin: then `approval` says so and nothing has happened yet; time limits go on meanwhile. A conflict while the payment is frozen for another reason, a chargeback say.',
    params,
    body: Resolution,
    response: z.object({
      dispute: Dispute,
      approval: Approval.nullable().meta({ description: 'null when it was done at once' }),
    }),
    errors: ['not_found', 'conflict'],
    idempotencyKey: 'optional',
  }),
};
