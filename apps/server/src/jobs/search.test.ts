import { admin as api, bookings, type FoundJob, type JobInput, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyFor, jobInput, postJob, refusal, requestBooking } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { squaresOf } from './area.ts';

let world: World;
let customer: Person;
let contractor: Person;
beforeAll(async () => {
  world = await startWorld();
  customer = await createPerson(world, { role: 'customer' });
  contractor = await createPerson(world, { role: 'contractor' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  await world.ctx.db.deleteFrom('bookings').execute();
  await world.ctx.db.deleteFrom('applications').execute();
  await world.ctx.db.deleteFrom('jobs').execute();
});

const vienna = { lat: '48.2082', lng: '16.3738' };

function post(title: string, over: Partial<JobInput> = {}, at?: [lat: number, lng: number]) {
  world.clock.advance(1000);
  const place = at === undefined ? {} : { place: { ...jobInput().place, lat: at[0], lng: at[1] } };
  return postJob(customer, { title, ...over, ...place });
}

const find = (query: Record<string, string>) =>
  contractor.client.call(jobs.search, { query: query as never });
const titles = async (query: Record<string, string>) => (await find(query)).items.map((job) => job.title);

/** Every page of a search, and its length for the record. */
async function all(query: Record<string, string>): Promise<FoundJob[]> {
  const found: FoundJob[] = [];
  let cursor: string | null = null;
  do {
    const page = await find({ ...query, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

test('words are found in title and description, quoted and excluded ones as usual', async () => {
  await post('Paint the fence', { description: 'The garden fence needs a new coat of green.' });
  await post('Mend the fence', { description: 'Three boards of the garden fence are broken.' });
  expect(await titles({ q: 'fence' })).toEqual(['Mend the fence', 'Paint the fence']);
  expect(await titles({ q: 'GREEN garden' })).toEqual(['Paint the fence']);
  expect(await titles({ q: '"paint the"' })).toEqual(['Paint the fence']);
  expect(await titles({ q: 'garden -green' })).toEqual(['Mend the fence']);
  expect(await titles({ q: 'green or boards' })).toEqual(['Mend the fence', 'Paint the fence']);
  expect(await titles({ q: 'submarine' })).toEqual([]);
  expect(await titles({ q: '"\'&|!(:*' })).toEqual([]);
});

test('text, category, distance and budget hold together', async () => {
  const fits = { category: 'plumbing' as const, budget: { amount: 20_000, currency: 'eur' as const } };
  await post('leaking tap', fits, [48.25, 16.4]);
  await post('dripping tap', { ...fits, title: 'dripping pipe' }, [48.25, 16.4]);
  await post('leaking tap elsewhere', { ...fits, category: 'heating' }, [48.25, 16.4]);
  await post('leaking tap far away', fits, [47.07, 15.44]);
  await post('leaking tap, cheap', { ...fits, budget: { amount: 1_000, currency: 'eur' } }, [48.25, 16.4]);
  await post('leaking tap, dear', { ...fits, budget: { amount: 90_000, currency: 'eur' } }, [48.25, 16.4]);
  await post(
    'leaking tap in francs',
    { ...fits, budget: { amount: 20_000, currency: 'chf' } },
    [48.25, 16.4],
  );
  const query = {
    q: 'leaking tap',
    category: 'plumbing',
    ...vienna,
    radiusKm: '20',
    currency: 'eur',
    minBudget: '10000',
    maxBudget: '50000',
  };
  for (const sort of ['date', 'distance', 'budget'])
    expect(await titles({ ...query, sort })).toEqual(['leaking tap']);
});

test('only open jobs are found', async () => {
  const job = await post('soon gone');
  await customer.client.call(jobs.cancel, { params: { id: job.id } });
  expect(await titles({ q: 'soon' })).toEqual([]);
});

test('jobs of a suspended customer are not found, shown or applied for, until they are reinstated', async () => {
  const admin = await createPerson(world, { role: 'admin' });
  const someone = await createPerson(world, { role: 'customer' });
  const earlier = await createPerson(world, { role: 'contractor' });
  const body = { reason: 'Reported by three contractors.' };
  const params = { id: someone.id };
  const open = await postJob(someone, { title: 'hidden and seen' });
  const booked = await postJob(someone, { title: 'hidden while booked' });
  await post('somebody else');
  await applyFor(earlier, open);
  const booking = await requestBooking(someone, contractor, booked);
  const searches: Record<string, string>[] = [
    {},
    { q: 'hidden' },
    { category: 'painting' },
    { currency: 'eur', sort: 'budget' },
    { ...vienna, sort: 'distance' },
  ];
  const found = async () => {
    const each = await Promise.all(searches.map(titles));
    return [...new Set(each.flat())].filter((title) => title.startsWith('hidden')).toSorted();
  };
  const see = (person: Person) => refusal(person.client.call(jobs.get, { params: { id: open.id } }));

  expect(await found()).toEqual(['hidden and seen']);
  await admin.client.call(api.suspendUser, { params, body });
  // The contractor gives the job back: it is open again, and still nobody finds it.
  await contractor.client.call(bookings.decline, { params: { id: booking.id } });
  expect(await found()).toEqual([]);
  expect(await titles({})).toEqual(['somebody else']);
  expect([await see(contractor), await see(earlier)]).toEqual(['not_found', 'no error']);
  expect([await refusal(applyFor(contractor, open)), await refusal(applyFor(earlier, open))]).toEqual([
    'not_found',
    'conflict',
  ]);

  await admin.client.call(api.reinstateUser, { params, body });
  expect(await found()).toEqual(['hidden and seen', 'hidden while booked']);
  expect(await see(contractor)).toBe('no error');
  expect(await refusal(applyFor(contractor, open))).toBe('no error');
});

test('a job posted while its customer is being suspended is not found afterwards', async () => {
  const admin = await createPerson(world, { role: 'admin' });
  for (let round = 0; round < 20; round += 1) {
    const someone = await createPerson(world, { role: 'customer' });
    await Promise.all([
      refusal(postJob(someone, { title: 'just in time' })),
      admin.client.call(api.suspendUser, { params: { id: someone.id }, body: { reason: 'Reported.' } }),
    ]);
    expect(await titles({ q: '"just in time"' })).toEqual([]);
    await forgetRateLimits(world);
  }
});

test('results come nearest, newest or highest first, in pages without gaps or repetitions', async () => {
  for (let index = 0; index < 23; index += 1)
    await post(`job ${index}`, { budget: { amount: 10_000 + (index % 5) * 1000, currency: 'eur' } }, [
      48.2 + (index % 7) * 0.3,
      16.37,
    ]);
  const query = { q: 'job', ...vienna, radiusKm: '300', currency: 'eur', limit: '4' };
  const byDistance = await all({ ...query, sort: 'distance' });
  const byDate = await all({ ...query, sort: 'date' });
  const byBudget = await all({ ...query, sort: 'budget' });
  for (const found of [byDistance, byDate, byBudget]) {
    expect(found).toHaveLength(23);
    expect(new Set(found.map((job) => job.id)).size).toBe(23);
  }
  const distances = byDistance.map((job) => job.distanceKm!);
  expect(distances).toEqual(distances.toSorted((one, other) => one - other));
  expect(distances.at(-1)).toBeGreaterThan(190);
  expect(byDate.map((job) => job.title)).toEqual(
    Array.from({ length: 23 }, (_, index) => `job ${22 - index}`),
  );
  const budgets = byBudget.map((job) => job.budget.amount);
  expect(budgets).toEqual(budgets.toSorted((one, other) => other - one));
});

test('a job posted while somebody pages does not shift the pages', async () => {
  for (let index = 0; index < 4; index += 1) await post(`page ${index}`);
  const first = await find({ q: 'page', limit: '2' });
  await post('page new');
  const second = await find({ q: 'page', limit: '2', cursor: first.nextCursor! });
  expect([...first.items, ...second.items].map((job) => job.title)).toEqual([
    'page 3',
    'page 2',
    'page 1',
    'page 0',
  ]);
});

test('distances are those of the rounded point, so that they do not give the exact one away', async () => {
  await post('here', {}, [48.20499, 16.36501]);
  await post('here', {}, [48.19501, 16.37499]);
  const found = await find({ ...vienna, radiusKm: '5', sort: 'distance' });
  expect(found.items.map((job) => job.place)).toEqual([
    expect.objectContaining({ lat: 48.2, lng: 16.37, address: null }),
    expect.objectContaining({ lat: 48.2, lng: 16.37, address: null }),
  ]);
  expect(found.items.map((job) => job.distanceKm)).toEqual([1, 1]);
});

test('the radius is a circle, 50 km if left out, also across the 180th meridian and at the poles', async () => {
  await post('north', {}, [48.2082 + 0.44, 16.3738]);
  await post('north-east', {}, [48.2082 + 0.44, 16.3738 + 0.65]);
  expect(await titles(vienna)).toEqual(['north']);
  await post('fiji west', {}, [-17, 179.9]);
  await post('fiji east', {}, [-17, -179.9]);
  for (const lng of ['179.95', '-179.95'])
    for (const q of [undefined, 'fiji'])
      for (const radiusKm of ['20', '60', '400'])
        expect(
          (await titles({ lat: '-17', lng, radiusKm, ...(q === undefined ? {} : { q }) })).toSorted(),
        ).toEqual(['fiji east', 'fiji west']);
  await post('polar station', {}, [89.9, -120]);
  expect(await titles({ lat: '90', lng: '60', radiusKm: '20' })).toEqual(['polar station']);
  expect(await titles({ lat: '89.95', lng: '60', radiusKm: '20', q: 'polar' })).toEqual(['polar station']);
});

test('with and without text, the same circle finds the same jobs', async () => {
  for (let row = 0; row < 12; row += 1)
    for (let column = 0; column < 6; column += 1)
      await post('grid', {}, [-0.6 + row * 0.11, -0.3 + column * 0.11]);
  for (const radiusKm of ['1', '8', '12', '13', '40', '80', '81', '300'])
    for (const [lat, lng] of [
      ['0', '0'],
      ['-0.05', '0.051'],
      ['0.3333', '-0.1'],
    ] as const) {
      const query = { lat, lng, radiusKm, limit: '100' };
      const ids = async (extra: Record<string, string>) =>
        (await find({ ...query, ...extra })).items.map((job) => job.id);
      expect(await ids({ q: 'grid' })).toEqual(await ids({}));
    }
});

test('an area is looked up in few squares', () => {
  for (const radiusKm of [1, 12, 13, 80, 81, 250, 500])
    for (const lat of [0, 48.2, 70]) {
      const squares = squaresOf({ lat, lng: 16.4, radiusKm });
      expect(squares.length).toBeLessThanOrEqual(60);
      expect(new Set(squares).size).toBe(squares.length);
    }
});

test('filters that need another are refused without it', async () => {
  const wrong: Record<string, string>[] = [
    { sort: 'distance' },
    { sort: 'budget' },
    { sort: 'price' },
    { minBudget: '100' },
    { maxBudget: '100' },
    { lat: '48' },
    { lng: '16' },
    { radiusKm: '10' },
    { ...vienna, radiusKm: '0' },
    { ...vienna, radiusKm: '501' },
    { lat: '91', lng: '0' },
    { lat: 'NaN', lng: '0' },
    { lat: '1e1', lng: '0' },
    { minBudget: '1.5', currency: 'eur' },
    { limit: '101' },
    { q: '' },
    { unknown: '1' },
  ];
  for (const query of wrong)
    expect(await refusal(find(query)), JSON.stringify(query)).toBe('validation_failed');
  expect(await refusal(world.client.call(jobs.search))).toBe('unauthenticated');
});

test('a cursor belongs to its sort order', async () => {
  for (let index = 0; index < 3; index += 1) await post(`cursor ${index}`);
  const { nextCursor } = await find({ limit: '1', currency: 'eur', sort: 'budget', ...vienna });
  for (const sort of ['date', 'distance'])
    expect(await refusal(find({ limit: '1', currency: 'eur', sort, ...vienna, cursor: nextCursor! }))).toBe(
      'validation_failed',
    );
});
