import { jobs } from '@holdfast/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobInput, postJob } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { newId } from '../ids.ts';

let world: World;
let customer: Person;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.stop());

beforeEach(async () => {
  await forgetRateLimits(world);
  customer = await createPerson(world, { role: 'customer' });
});

/** Copies one job so many times, all of the same moment: only the id orders them. */
async function insertJobs(count: number): Promise<void> {
  const source = await postJob(customer, jobInput());
  const columns = await world.ctx.db
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', source.id)
    .executeTakeFirstOrThrow();
  const {
    search: _search,
    facets: _facets,
    ...row
  } = columns as typeof columns & { search?: unknown; facets?: unknown };
  const generated = await world.ctx.pool.query(
    "select column_name from information_schema.columns where table_name = 'jobs' and is_generated = 'ALWAYS'",
  );
  for (const { column_name: name } of generated.rows) delete (row as Record<string, unknown>)[name];
  const copies = Array.from({ length: count - 1 }, () => ({ ...row, id: newId('job') }));
  if (copies.length > 0)
    await world.ctx.db
      .insertInto('jobs')
      .values(copies as never)
      .execute();
}

async function readAll(
  limit: number,
  betweenPages: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await customer.client.call(jobs.listOwn, {
      query: { limit: String(limit), ...(cursor === undefined ? {} : { cursor }) },
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map((job) => job.id));
    cursor = page.nextCursor ?? undefined;
    if (cursor !== undefined) await betweenPages();
  } while (cursor !== undefined);
  return ids;
}

describe('a list in pages', () => {
  test('has every row once, in one order, whatever the size of a page', async () => {
    await insertJobs(23);
    const whole = await readAll(100);
    expect(new Set(whole).size).toBe(23);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        expect(await readAll(limit)).toEqual(whole);
      }),
      { numRuns: 12 },
    );
  });

  test('is stable under inserts: what is added while it is read shifts and repeats nothing', async () => {
    await insertJobs(9);
    const before = await readAll(100);
    const read = await readAll(2, async () => {
      world.clock.advance(1000);
      await postJob(customer);
    });
    expect(read).toEqual(before);
  });

  test('goes on behind a row that has vanished meanwhile', async () => {
    await insertJobs(5);
    const before = await readAll(100);
    const first = await customer.client.call(jobs.listOwn, { query: { limit: '2' } });
    await world.ctx.db.deleteFrom('jobs').where('id', '=', before[1]!).execute();
    const next = await customer.client.call(jobs.listOwn, { query: { cursor: first.nextCursor! } });
    expect(next.items.map((job) => job.id)).toEqual(before.slice(2));
  });

  test('that ends with a full page says that there is no more', async () => {
    await insertJobs(4);
    const page = await customer.client.call(jobs.listOwn, { query: { limit: '4' } });
    expect([page.items.length, page.nextCursor]).toEqual([4, null]);
  });
});
