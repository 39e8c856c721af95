import { type Category, contractors, jobs, notifications } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyFor, postJob } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { listOf, type Post, startPost, toldTo } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { newId } from '../ids.ts';
import { tellContractors } from './tell-contractors.ts';

let world: World;
let post: Post;
let clara: Person;

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ handlers: post.handlers });
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.ctx.db.deleteFrom('contractor_profiles').execute();
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  clara = await createPerson(world, { role: 'customer' });
});

const vienna = { lat: 48.2082, lng: 16.3738 };
/** 55 km away. */
const bratislava = { lat: 48.1486, lng: 17.1077 };

async function createContractor(
  options: { categories?: Category[]; centre?: { lat: number; lng: number }; radiusKm?: number } = {},
): Promise<Person> {
  const person = await createPerson(world, { role: 'contractor' });
  await person.client.call(contractors.saveProfile, {
    body: {
      headline: 'Walls and ceilings',
      bio: 'Twenty years.',
      categories: options.categories ?? ['painting'],
      skills: [],
      serviceCentre: options.centre ?? vienna,
      serviceRadiusKm: options.radiusKm ?? 20,
      hourlyRate: null,
    },
  });
  return person;
}

describe('a new job', () => {
  test('is told to contractors of its trade within whose radius it lies, and to nobody else', async () => {
    const near = await createContractor();
    const others = [
      await createContractor({ categories: ['plumbing'] }),
      await createContractor({ centre: bratislava }),
      await createPerson(world, { role: 'contractor' }),
    ];
    const travelling = await createContractor({ centre: bratislava, radiusKm: 80 });
    const job = await postJob(clara);
    await world.drain();
    expect(await toldTo(near)).toEqual(['job.posted']);
    expect(await toldTo(travelling)).toEqual(['job.posted']);
    expect((await listOf(near))[0]!.metadata).toEqual({
      jobId: job.id,
      jobTitle: 'Repaint a kitchen',
      amountMinor: 45_000,
      currency: 'eur',
      city: 'Vienna',
    });
    for (const other of [...others, clara]) expect(await toldTo(other)).toEqual([]);
    expect(post.sent.push).toHaveLength(2);
    expect(post.sent.email).toEqual([]);
  });

  test('is told to nobody who is suspended, blocks or is blocked, or wants to hear of none', async () => {
    const suspended = await createContractor();
    await world.ctx.pool.query('update users set suspended_at = now() where id = $1', [suspended.id]);
    const blocking = await createContractor();
    const blocked = await createContractor();
    for (const [one, other] of [
      [blocking, clara],
      [clara, blocked],
    ] as const)
      await world.ctx.db
        .insertInto('blocks')
        .values({ blocker_id: one.id, blocked_id: other.id, created_at: world.clock.now() })
        .execute();
    const uninterested = await createContractor();
    await uninterested.client.call(notifications.changePreferences, {
      body: { channels: { 'job.posted': { in_app: false, push: false, email: false, pusher: false } } },
    });
    const listOnly = await createContractor();
    await listOnly.client.call(notifications.changePreferences, {
      body: { channels: { 'job.posted': { push: false } } },
    });
    await postJob(clara);
    await world.drain();
    for (const one of [blocking, blocked, uninterested]) expect(await toldTo(one)).toEqual([]);
    expect(await toldTo(listOnly)).toEqual(['job.posted']);
    expect(post.sent.push).toEqual([]);
    const { rows } = await world.ctx.pool.query(
      'select distinct user_id from notifications where user_id = any($1)',
      [[suspended.id, uninterested.id]],
    );
    expect(rows).toEqual([]);
  });

  test('that is gone before its turn is told to nobody', async () => {
    const near = await createContractor();
    const job = await postJob(clara);
    await clara.client.call(jobs.cancel, { params: { id: job.id } });
    await world.drain();
    expect(await toldTo(near)).toEqual([]);
  });

  test('that is posted twice under one key is told once', async () => {
    const near = await createContractor();
    const body = {
      title: 'Repaint a kitchen',
      description: 'Two walls and the ceiling, about thirty square metres.',
      category: 'painting' as const,
      budget: { amount: 45_000, currency: 'eur' as const },
      place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
    };
    for (let time = 0; time < 2; time += 1)
      await clara.client.call(jobs.create, { body, idempotencyKey: 'the-same-job' });
    await world.drain();
    expect(await toldTo(near)).toEqual(['job.posted']);
  });

  test('is told once to each of thousands, also when pages are repeated', async () => {
    const ids = Array.from({ length: 2300 }, () => newId('usr'));
    const now = world.clock.now();
    await world.ctx.pool.query(
      `insert into users (id, role, email, email_verified_at, password_hash, name, locale, time_zone, created_at, updated_at)
       select id, 'contractor', lower(id) || '@example.org', $2, 'x', 'Carl', 'en', 'Europe/Vienna', $2, $2 from unnest($1::text[]) id`,
      [ids, now],
    );
    await world.ctx.pool.query(
      `insert into contractor_profiles (user_id, headline, bio, categories, skills, centre_lat, centre_lng, radius_km, created_at, updated_at)
       select id, 'x', 'x', '{painting}', '{}', 48.2, 16.37, 20, $2, $2 from unnest($1::text[]) id`,
      [ids, now],
    );
    const job = await postJob(clara);
    const sorted = [...ids].sort();
    await tellContractors(world.ctx, { jobId: job.id, after: '' });
    await tellContractors(world.ctx, { jobId: job.id, after: sorted[499]! });
    await world.drain();
    const { rows } = await world.ctx.pool.query(
      "select user_id, count(*) from notifications where data ->> 'jobId' = $1 group by user_id",
      [job.id],
    );
    expect(rows).toHaveLength(2300);
    expect(rows.every((row) => Number(row.count) === 1)).toBe(true);
    expect(post.sent.push).toHaveLength(2300);
    expect(new Set(post.sent.push.map(({ userId }) => userId)).size).toBe(2300);
  });
});

test('an application is told to the customer, each time it is handed in, and to no other', async () => {
  const carl = await createContractor();
  const job = await postJob(clara);
  const application = await applyFor(carl, job);
  await world.drain();
  expect(await toldTo(clara)).toEqual(['application.received']);
  expect((await listOf(clara))[0]!.metadata).toMatchObject({
    jobId: job.id,
    applicationId: application.id,
    personName: carl.name,
    amountMinor: 42_000,
  });
  expect(await toldTo(carl)).toEqual(['job.posted']);
});
