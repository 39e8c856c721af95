import { type Booking, bookings, reviews } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { activeBooking, confirmedBooking, refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { countReviews } from './count.ts';

let world: World;
let customer: Person;
let carl: Person;
let stranger: Person;
beforeAll(async () => {
  world = await startWorld();
  stranger = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  customer = await createPerson(world, { role: 'customer', name: 'Ada' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
});

async function completedBooking(): Promise<Booking> {
  const booking = await activeBooking(world, customer, carl);
  return customer.client.call(bookings.complete, { params: { id: booking.job.id } });
}
const review = (person: Person, id: string, rating = 5, text = 'Clean edges, on time.') =>
  person.client.call(reviews.submit, { params: { id }, body: { rating, text } });
const about = (person: Person, reader = stranger, query: { cursor?: string; limit?: string } = {}) =>
  reader.client.call(reviews.listOfUser, { params: { id: person.id }, query });
const ratingOf = (person: Person) =>
  world.ctx.db
    .selectFrom('users')
    .select(['rating_sum', 'rating_count'])
    .where('id', '=', person.id)
    .executeTakeFirstOrThrow();

test('a review is hidden from all but its author until the other side has written', async () => {
  const booking = await completedBooking();
  const written = await review(customer, booking.id, 4);
  expect(written).toEqual({
    id: expect.stringMatching(/^rev_/),
    bookingId: booking.id,
    jobId: booking.job.id,
    author: { id: customer.id, name: 'Ada' },
    subjectId: carl.id,
    rating: 4,
    text: 'Clean edges, on time.',
    isPublished: false,
    publishedAt: new Date(world.ctx.clock.now().getTime() + 7 * dayMs).toISOString(),
    createdAt: world.ctx.clock.now().toISOString(),
  });
  for (const reader of [stranger, carl]) expect((await about(carl, reader)).items).toEqual([]);
  expect((await about(carl, customer)).items).toEqual([written]);
  expect(await ratingOf(carl)).toEqual({ rating_sum: 0, rating_count: 0 });

  world.clock.advance(dayMs);
  expect(await review(carl, booking.id, 3)).toMatchObject({ isPublished: true, subjectId: customer.id });
  const published = { ...written, isPublished: true, publishedAt: world.ctx.clock.now().toISOString() };
  expect((await about(carl)).items).toEqual([published]);
  expect((await about(customer)).items).toMatchObject([{ rating: 3, author: { id: carl.id } }]);
  expect(await ratingOf(carl)).toEqual({ rating_sum: 4, rating_count: 1 });
  expect(await ratingOf(customer)).toEqual({ rating_sum: 3, rating_count: 1 });
});

test('after seven days a review is shown and counted without the other side, once', async () => {
  const booking = await completedBooking();
  await review(carl, booking.id, 2);
  world.clock.advance(7 * dayMs - 1);
  await countReviews(world.ctx);
  expect((await about(customer)).items).toEqual([]);
  expect(await ratingOf(customer)).toEqual({ rating_sum: 0, rating_count: 0 });
  world.clock.advance(1);
  expect((await about(customer)).items).toHaveLength(1);
  await Promise.all([countReviews(world.ctx), countReviews(world.ctx)]);
  await countReviews(world.ctx);
  expect(await ratingOf(customer)).toEqual({ rating_sum: 2, rating_count: 1 });
  // The other side may still write, and is shown at once; nothing is counted twice.
  expect(await review(customer, booking.id, 5)).toMatchObject({ isPublished: true });
  await countReviews(world.ctx);
  expect(await ratingOf(customer)).toEqual({ rating_sum: 2, rating_count: 1 });
  expect(await ratingOf(carl)).toEqual({ rating_sum: 5, rating_count: 1 });
});

test('each side reviews a booking once, also when both send several at once', async () => {
  for (let round = 0; round < 10; round += 1) {
    const booking = await completedBooking();
    const answers = await Promise.all(
      [customer, carl, customer, carl, customer, carl].map((person) =>
        refusal(review(person, booking.id, 1)),
      ),
    );
    expect(answers.filter((answer) => answer === 'no error')).toHaveLength(2);
    expect(answers.filter((answer) => answer === 'already_exists')).toHaveLength(4);
    expect(await ratingOf(carl)).toEqual({ rating_sum: round + 1, rating_count: round + 1 });
    expect(await ratingOf(customer)).toEqual({ rating_sum: round + 1, rating_count: round + 1 });
  }
});

test('only the two sides of a completed booking review it, within thirty days', async () => {
  const open = await confirmedBooking(customer, carl);
  expect(await refusal(review(customer, open.id))).toBe('conflict');
  const booking = await completedBooking();
  expect(await refusal(review(stranger, booking.id))).toBe('not_found');
  expect(
    await refusal(
      world.client.call(reviews.submit, { params: { id: booking.id }, body: { rating: 5, text: 'Good.' } }),
    ),
  ).toBe('unauthenticated');
  for (const [rating, text] of [
    [0, 'Good.'],
    [6, 'Good.'],
    [4.5, 'Good.'],
    [5, ' '],
  ] as const)
    expect(await refusal(review(customer, booking.id, rating, text))).toBe('validation_failed');
  world.clock.advance(30 * dayMs - 1);
  await review(customer, booking.id);
  world.clock.advance(1);
  expect(await refusal(review(carl, booking.id))).toBe('conflict');
});

test('reviews about a person come newest first, in pages', async () => {
  for (let index = 1; index <= 5; index += 1) {
    const booking = await completedBooking();
    world.clock.advance(1000);
    await review(customer, booking.id, index);
    await review(carl, booking.id);
  }
  const first = await about(carl, stranger, { limit: '3' });
  const second = await about(carl, stranger, { limit: '3', cursor: first.nextCursor! });
  expect([...first.items, ...second.items].map((one) => one.rating)).toEqual([5, 4, 3, 2, 1]);
  expect(second.nextCursor).toBeNull();
  expect(await refusal(about({ ...carl, id: `usr_${'0'.repeat(22)}` }))).toBe('not_found');
  expect(await refusal(about({ ...carl, id: 'somebody' }))).toBe('validation_failed');
  expect(await refusal(world.client.call(reviews.listOfUser, { params: { id: carl.id }, query: {} }))).toBe(
    'unauthenticated',
  );
});
