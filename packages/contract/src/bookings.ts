import { z } from 'zod';
import { ApplicationId } from './applications.ts';
import { endpoint } from './endpoint.ts';
import { idOf, prose, Timestamp } from './fields.ts';
import { JobId, PersonName } from './jobs.ts';
import { Money, Price } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

/** requested → confirmed | declined | expired → active (money held) → delivered → completed, or cancelled. */
export const bookingStates = [
  'requested',
  'confirmed',
  'declined',
  'expired',
  'active',
  'delivered',
  'completed',
  'cancelled',
] as const;
export const BookingState = z.enum(bookingStates).meta({
  id: 'BookingState',
  description: 'active: the money is held. expired: not answered or not paid in time',
});
export type BookingState = z.infer<typeof BookingState>;

export const BookingId = idOf('bkg');

const time = Timestamp.nullable();

export const Booking = z
  .object({
    id: BookingId,
    job: z.object({ id: JobId, title: z.string() }),
    customer: PersonName,
    contractor: PersonName,
    applicationId: ApplicationId.nullable().meta({
      description: 'null for an invitation without application',
    }),
    price: Money,
    message: z.string().nullable().meta({ description: "the customer's words with an invitation" }),
    state: BookingState,
    cancellation: z
      .object({
        freeUntil: time.meta({ description: 'null: free until delivery' }),
        lateFee: Money.meta({
          description: 'what a customer who cancels after that pays, to the contractor',
        }),
      })
      .meta({
        description:
          'the terms of cancelling, fixed with the confirmation; a contractor who cancels refunds all',
      }),
    answerBy: Timestamp.meta({ description: 'until when the contractor may confirm' }),
    payBy: time.meta({ description: 'until when the customer pays; from confirmation on' }),
    releaseAt: time.meta({ description: 'when a silent customer counts as satisfied; from delivery on' }),
    deliveryNote: z.string().nullable(),
    cancelledBy: z.enum(['customer', 'contractor', 'platform']).nullable(),
    cancelReason: z.string().nullable(),
    completedBy: z
      .enum(['customer', 'system', 'platform'])
      .nullable()
      .meta({ description: 'system: the review period ran out · platform: a decision of the platform' }),
    requestedAt: Timestamp,
    confirmedAt: time,
    activeAt: time,
    deliveredAt: time,
    completedAt: time,
    endedAt: time.meta({ description: 'declined, expired or cancelled at' }),
    updatedAt: Timestamp,
  })
  .meta({
    id: 'Booking',
    examples: [
      {
        id: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        job: { id: 'job_5qZr8Vb2NfK0tXy7WcL3mD', title: 'Repaint a kitchen' },
        customer: { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' },
        contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
        applicationId: 'app_5qZr8Vb2NfK0tXy7WcL3mD',
        price: { amount: 42_000, currency: 'eur' },
        message: null,
        state: 'confirmed',
        cancellation: {
          freeUntil: '2026-11-30T23:00:00.000Z',
          lateFee: { amount: 8400, currency: 'eur' },
        },
        answerBy: '2026-11-26T10:30:00.000Z',
        payBy: '2026-11-26T12:00:00.000Z',
        releaseAt: null,
        deliveryNote: null,
        cancelledBy: null,
        cancelReason: null,
        completedBy: null,
        requestedAt: '2026-11-24T10:30:00.000Z',
        confirmedAt: '2026-11-24T12:00:00.000Z',
        activeAt: null,
        deliveredAt: null,
        completedAt: null,
        endedAt: null,
        updatedAt: '2026-11-24T12:00:00.000Z',
      },
    ],
  });
export type Booking = z.infer<typeof Booking>;

export const BookingInput = z
  .union([
    z.strictObject({ applicationId: ApplicationId }),
    z.strictObject({
      jobId: JobId,
      contractorId: idOf('usr'),
      price: Price.optional().meta({ description: "the job's budget if left out" }),
      message: prose(1, 2000).optional(),
    }),
  ])
  .meta({
    examples: [
      { applicationId: 'app_5qZr8Vb2NfK0tXy7WcL3mD' },
      {
        jobId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
        contractorId: 'usr_9zYx8wVu7tSr6qPo5nMl4k',
        message: 'You did the living room so well.',
      },
    ],
  });
export type BookingInput = z.output<typeof BookingInput>;

const params = z.strictObject({ id: BookingId });
const errors = ['not_found', 'conflict'] as const;

export const bookings = {
  create: endpoint({
    method: 'POST',
    path: '/api/bookings',
    tag: 'Bookings',
    summary: 'Book a contractor for my open job',
    description:
      'From an application at its quote, or as a direct invitation. A job has one live booking at a time; of two requests at once one wins, the other is a conflict.',
    access: 'customer',
    body: BookingInput,
    response: Booking,
    status: 201,
    errors,
    idempotencyKey: 'optional',
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/bookings/:id',
    tag: 'Bookings',
    summary: 'Show a booking I take part in',
    access: 'user',
    params,
    response: Booking,
    errors: ['not_found'],
  }),
  listOwn: endpoint({
    method: 'GET',
    path: '/api/me/bookings',
    tag: 'Bookings',
    summary: 'List the bookings I take part in, newest first',
    access: 'user',
    query: z.strictObject({
      state: BookingState.optional().meta({ description: 'only bookings in this state' }),
      ...pageQuery,
    }),
    response: pageOf(Booking),
  }),
  confirm: endpoint({
    method: 'POST',
    path: '/api/bookings/:id/confirm',
    tag: 'Bookings',
    summary: 'Take the job',
    description:
      'Until answerBy. From now on the contractor sees the exact address and the customer may pay.',
    access: 'contractor',
    params,
    response: Booking,
    errors,
  }),
  decline: endpoint({
    method: 'POST',
    path: '/api/bookings/:id/decline',
    tag: 'Bookings',
    summary: 'Turn the job down',
    access: 'contractor',
    params,
    response: Booking,
    errors,
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/api/bookings/:id/cancel',
    tag: 'Bookings',
    summary: 'Cancel a booking before delivery',
    description:
      'Either side may. Held money goes back to the customer, less `cancellation.lateFee` if the customer cancels after `cancellation.freeUntil`; the fee is released to the contractor, commission taken off. The job is open again. Not while the payment is frozen.',
    access: 'user',
    params,
    body: z
      .strictObject({ reason: prose(1, 1000).optional() })
      .meta({ examples: [{ reason: 'The pipe broke and the kitchen has to wait.' }] }),
    response: Booking,
    errors,
    idempotencyKey: 'optional',
  }),
  deliver: endpoint({
    method: 'POST',
    path: '/api/bookings/:id/deliver',
    tag: 'Bookings',
    summary: 'Say that the work is done',
    description:
      'Starts the review period: if the customer is silent until releaseAt, the money is released.',
    access: 'contractor',
    params,
    body: z.strictObject({ note: prose(1, 2000) }).meta({
      examples: [{ note: 'Both walls and the ceiling have two coats. The keys are with the neighbour.' }],
    }),
    response: Booking,
    errors,
  }),
  complete: endpoint({
    method: 'POST',
    path: '/api/jobs/:id/complete',
    tag: 'Bookings',
    summary: 'Mark my job complete and release the money',
    description:
      'For a delivered booking, or an active one before delivery. Done again, it answers the same booking and has no second effect.',
    access: 'customer',
    params: z.strictObject({ id: JobId }),
    response: Booking,
    errors,
    idempotencyKey: 'optional',
  }),
};
