import { z } from 'zod';
import { BookingId } from './bookings.ts';
import { endpoint } from './endpoint.ts';
import { idOf, prose, Timestamp } from './fields.ts';
import { JobId, PersonName } from './jobs.ts';
import { PageQuery, pageOf } from './pages.ts';

const rating = z.int().min(1).max(5);

export const Review = z
  .object({
    id: idOf('rev'),
    bookingId: BookingId,
    jobId: JobId,
    author: PersonName,
    subjectId: z.string().meta({ description: 'the person the review is about' }),
    rating,
    text: z.string(),
    isPublished: z.boolean(),
    publishedAt: Timestamp.meta({ description: 'in the future while the review is hidden' }),
    createdAt: Timestamp,
  })
  .meta({
    id: 'Review',
    examples: [
      {
        id: 'rev_5qZr8Vb2NfK0tXy7WcL3mD',
        bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        jobId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
        author: { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' },
        subjectId: 'usr_9zYx8wVu7tSr6qPo5nMl4k',
        rating: 5,
        text: 'Clean edges, on time, and the floor was spotless afterwards.',
        isPublished: true,
        publishedAt: '2026-12-04T08:00:00.000Z',
        createdAt: '2026-12-02T18:00:00.000Z',
      },
    ],
  });
export type Review = z.infer<typeof Review>;

export const ReviewInput = z.strictObject({ rating, text: prose(1, 2000) }).meta({
  examples: [{ rating: 5, text: 'Clean edges, on time, and the floor was spotless afterwards.' }],
});
export type ReviewInput = z.output<typeof ReviewInput>;

export const reviews = {
  submit: endpoint({
    method: 'POST',
    path: '/api/bookings/:id/review',
    tag: 'Reviews',
    summary: 'Review the other side of a completed booking',
    description:
      'Once per side, within 30 days of completion. Others see it when both sides have written, or after 7 days.',
    access: 'user',
    params: z.strictObject({ id: BookingId }),
    body: ReviewInput,
    response: Review,
    status: 201,
    errors: ['not_found', 'conflict', 'already_exists'],
  }),
  listOfUser: endpoint({
    method: 'GET',
    path: '/api/users/:id/reviews',
    tag: 'Reviews',
    summary: 'List the published reviews about a person, newest first',
    description: "The caller's own hidden review is among them.",
    access: 'user',
    params: z.strictObject({ id: idOf('usr') }),
    query: PageQuery,
    response: pageOf(Review),
    errors: ['not_found'],
  }),
};
