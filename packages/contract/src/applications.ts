import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf, prose, Timestamp } from './fields.ts';
import { JobId, PersonName } from './jobs.ts';
import { Money, Price } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

export const applicationStatuses = ['open', 'withdrawn', 'declined', 'accepted'] as const;
export const ApplicationStatus = z
  .enum(applicationStatuses)
  .meta({ id: 'ApplicationStatus', description: 'accepted: a booking was made from it' });
export type ApplicationStatus = z.infer<typeof ApplicationStatus>;

export const ApplicationId = idOf('app');

const message = prose(1, 2000).meta({ examples: ['I could start on Monday and need two days.'] });

export const Application = z
  .object({
    id: ApplicationId,
    jobId: JobId,
    jobTitle: z.string(),
    contractor: PersonName,
    quote: Money,
    message: z.string(),
    status: ApplicationStatus,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: 'Application',
    examples: [
      {
        id: 'app_5qZr8Vb2NfK0tXy7WcL3mD',
        jobId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
        jobTitle: 'Repaint a kitchen',
        contractor: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' },
        quote: { amount: 42_000, currency: 'eur' },
        message: 'I could start on Monday and need two days.',
        status: 'open',
        createdAt: '2026-11-24T10:00:00.000Z',
        updatedAt: '2026-11-24T10:00:00.000Z',
      },
    ],
  });
export type Application = z.infer<typeof Application>;

export const ApplicationInput = z.strictObject({ quote: Price, message }).meta({
  examples: [
    {
      quote: { amount: 42_000, currency: 'eur' },
      message: 'I could start on Monday and need two days.',
    },
  ],
});
export type ApplicationInput = z.output<typeof ApplicationInput>;

export const ApplicationChange = z
  .strictObject({ quote: Price.optional(), message: message.optional() })
  .refine((change) => change.quote !== undefined || change.message !== undefined, 'must change something')
  .meta({ id: 'ApplicationChange', examples: [{ quote: { amount: 40_000, currency: 'eur' } }] });
export type ApplicationChange = z.output<typeof ApplicationChange>;

const onlyStatus = ApplicationStatus.optional().meta({ description: 'only applications in this status' });
const ofJob = z.strictObject({ id: JobId });
const params = z.strictObject({ id: ApplicationId });

export const applications = {
  apply: endpoint({
    method: 'POST',
    path: '/api/jobs/:id/applications',
    tag: 'Applications',
    summary: 'Apply for an open job',
    description:
      "One application per contractor and job; one that was withdrawn may be handed in again. The quote is in the job's currency.",
    access: 'contractor',
    params: ofJob,
    body: ApplicationInput,
    response: Application,
    status: 201,
    errors: ['not_found', 'conflict', 'already_exists'],
    idempotencyKey: 'optional',
  }),
  listOfJob: endpoint({
    method: 'GET',
    path: '/api/jobs/:id/applications',
    tag: 'Applications',
    summary: 'List the applications for my job, newest first',
    access: 'customer',
    params: ofJob,
    query: z.strictObject({ status: onlyStatus, ...pageQuery }),
    response: pageOf(Application),
    errors: ['not_found'],
  }),
  listOwn: endpoint({
    method: 'GET',
    path: '/api/me/applications',
    tag: 'Applications',
    summary: 'List my own applications, newest first',
    access: 'contractor',
    query: z.strictObject({ status: onlyStatus, ...pageQuery }),
    response: pageOf(Application),
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/applications/:id',
    tag: 'Applications',
    summary: 'Change my open application',
    access: 'contractor',
    params,
    body: ApplicationChange,
    response: Application,
    errors: ['not_found', 'conflict'],
  }),
  withdraw: endpoint({
    method: 'POST',
    path: '/api/applications/:id/withdraw',
    tag: 'Applications',
    summary: 'Withdraw my open application',
    access: 'contractor',
    params,
    response: Application,
    errors: ['not_found', 'conflict'],
  }),
  decline: endpoint({
    method: 'POST',
    path: '/api/applications/:id/decline',
    tag: 'Applications',
    summary: 'Decline an open application for my job',
    access: 'customer',
    params,
    response: Application,
    errors: ['not_found', 'conflict'],
  }),
};
