import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Category, decimal, idOf, line, prose, Timestamp } from './fields.ts';
import { CurrencyCode, Money, maximumChargeMinor, Price } from './money.ts';
import { pageOf, pageQuery } from './pages.ts';

export const jobStatuses = ['open', 'booked', 'completed', 'cancelled'] as const;
export const JobStatus = z.enum(jobStatuses).meta({ id: 'JobStatus' });
export type JobStatus = z.infer<typeof JobStatus>;

export const JobId = idOf('job');

/** A person as other people's resources name them. */
export const PersonName = z
  .object({ id: z.string(), name: z.string() })
  .meta({ id: 'PersonName', examples: [{ id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' }] });
export type PersonName = z.infer<typeof PersonName>;

const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
const title = line(3, 120).meta({ examples: ['Repaint a kitchen'] });
const description = prose(10, 5000).meta({
  examples: ['Two walls and the ceiling, about 30 m². The paint is here already.'],
});
const wishedDate = z.iso
  .date()
  .meta({ description: 'The day on which the work is wished, not in the past', examples: ['2026-12-01'] });

export const PlaceInput = z
  .strictObject({ address: line(3, 200), city: line(1, 100), lat: latitude, lng: longitude })
  .meta({
    examples: [{ address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 }],
  });

export const Place = z
  .object({
    city: z.string(),
    address: z.string().nullable().meta({ description: 'null unless isExact' }),
    lat: z.number(),
    lng: z.number(),
    isExact: z.boolean().meta({
      description:
        'true for the owner and the booked contractor; for others the point is rounded to about 1 km',
    }),
  })
  .meta({
    id: 'Place',
    examples: [{ city: 'Vienna', address: null, lat: 48.2, lng: 16.35, isExact: false }],
  });

const exampleJob = {
  id: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
  customer: { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' },
  title: 'Repaint a kitchen',
  description: 'Two walls and the ceiling, about 30 m². The paint is here already.',
  category: 'painting' as const,
  budget: { amount: 45_000, currency: 'eur' as const },
  place: { city: 'Vienna', address: null, lat: 48.2, lng: 16.35, isExact: false },
  wishedDate: '2026-12-01',
  status: 'open' as const,
  createdAt: '2026-11-24T09:30:00.000Z',
  updatedAt: '2026-11-24T09:30:00.000Z',
};

const jobFields = {
  id: JobId,
  customer: PersonName,
  title: z.string(),
  description: z.string(),
  category: Category,
  budget: Money,
  place: Place,
  wishedDate: z.iso.date().nullable(),
  status: JobStatus,
  createdAt: Timestamp,
  updatedAt: Timestamp,
};

export const Job = z.object(jobFields).meta({ id: 'Job', examples: [exampleJob] });
export type Job = z.infer<typeof Job>;

export const FoundJob = z
  .object({
    ...jobFields,
    distanceKm: z.number().nullable().meta({
      description: "From the point that was asked for to the job's rounded point; null without such a point",
    }),
  })
  .meta({ id: 'FoundJob', examples: [{ ...exampleJob, distanceKm: 3.4 }] });
export type FoundJob = z.infer<typeof FoundJob>;

export const JobInput = z
  .strictObject({
    title,
    description,
    category: Category,
    budget: Price,
    place: PlaceInput,
    wishedDate: wishedDate.nullable().optional(),
  })
  .meta({
    examples: [
      {
        title: exampleJob.title,
        description: exampleJob.description,
        category: exampleJob.category,
        budget: exampleJob.budget,
        place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
        wishedDate: exampleJob.wishedDate,
      },
    ],
  });
export type JobInput = z.output<typeof JobInput>;

export const JobChange = z
  .strictObject({
    title: title.optional(),
    description: description.optional(),
    category: Category.optional(),
    budget: Price.optional(),
    place: PlaceInput.optional(),
    wishedDate: wishedDate.nullable().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'must change something')
  .meta({ id: 'JobChange', examples: [{ budget: { amount: 50_000, currency: 'eur' } }] });
export type JobChange = z.output<typeof JobChange>;

const amount = z.int().min(0).max(maximumChargeMinor);

export const JobSearch = z
  .strictObject({
    q: line(1, 200)
      .optional()
      .meta({
        description: 'Words of title and description; "quoted phrases", or and -not are understood',
        examples: ['kitchen'],
      }),
    category: Category.optional().meta({ description: 'Only jobs of this trade' }),
    lat: decimal(latitude, 'Together with lng: the point to search around', '48.2082'),
    lng: decimal(longitude, 'Together with lat', '16.3738'),
    radiusKm: decimal(z.number().min(1).max(500), 'Needs lat and lng; 50 if left out', '25'),
    minBudget: decimal(amount, 'Minor units; needs currency', '10000'),
    maxBudget: decimal(amount, 'Minor units; needs currency', '80000'),
    currency: CurrencyCode.optional().meta({
      description: 'Only jobs with a budget in this currency',
      examples: ['eur'],
    }),
    sort: z.enum(['distance', 'date', 'budget']).default('date').meta({
      description: 'Nearest, newest or highest budget first. distance needs lat and lng, budget a currency',
    }),
    ...pageQuery,
  })
  .superRefine((search, issues) => {
    const hasPoint = search.lat !== undefined && search.lng !== undefined;
    const need = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (search.lat === undefined && search.lng !== undefined) need('lat', 'is needed with lng');
    if (search.lng === undefined && search.lat !== undefined) need('lng', 'is needed with lat');
    if (search.radiusKm !== undefined && !hasPoint) need('radiusKm', 'needs lat and lng');
    if (search.sort === 'distance' && !hasPoint) need('sort', 'distance needs lat and lng');
    if (search.currency !== undefined) return;
    if (search.sort === 'budget') need('sort', 'budget needs a currency');
    if (search.minBudget !== undefined) need('minBudget', 'needs a currency');
    if (search.maxBudget !== undefined) need('maxBudget', 'needs a currency');
  });
export type JobSearch = z.output<typeof JobSearch>;

const params = z.strictObject({ id: JobId });

export const jobs = {
  create: endpoint({
    method: 'POST',
    path: '/api/jobs',
    tag: 'Jobs',
    summary: 'Post a job',
    access: 'customer',
    body: JobInput,
    response: Job,
    status: 201,
    idempotencyKey: 'optional',
  }),
  search: endpoint({
    method: 'GET',
    path: '/api/jobs',
    tag: 'Jobs',
    summary: 'Search open jobs',
    description:
      'Every filter can be combined with every other. Distances are measured to the rounded point.',
    access: 'user',
    query: JobSearch,
    response: pageOf(FoundJob),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/jobs/:id',
    tag: 'Jobs',
    summary: 'Show a job',
    description:
      'An open job is shown to anybody signed in; any other to its owner, its booked contractor and those who applied.',
    access: 'user',
    params,
    response: Job,
    errors: ['not_found'],
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/jobs/:id',
    tag: 'Jobs',
    summary: 'Change an open job',
    description: 'The currency stays as it is once there are open applications: their quotes are in it.',
    access: 'customer',
    params,
    body: JobChange,
    response: Job,
    errors: ['not_found', 'conflict'],
  }),
  cancel: endpoint({
    method: 'POST',
    path: '/api/jobs/:id/cancel',
    tag: 'Jobs',
    summary: 'Take an open job back',
    description: 'Open applications are declined. A booked job is refused: cancel its booking first.',
    access: 'customer',
    params,
    response: Job,
    errors: ['not_found', 'conflict'],
  }),
  listOwn: endpoint({
    method: 'GET',
    path: '/api/me/jobs',
    tag: 'Jobs',
    summary: 'List my own jobs, newest first',
    access: 'customer',
    query: z.strictObject({
      status: JobStatus.optional().meta({ description: 'only jobs in this status' }),
      ...pageQuery,
    }),
    response: pageOf(Job),
  }),
};
