import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomFrom } from '../../demo/random.ts';
import { hourMs } from '../../src/clock.ts';
import { checkFiles } from '../../src/files/files.ts';
import { emptyIncoming, removeBytes } from '../../src/files/sweeps.ts';
import { everyByte, fetchAs, pdf, photo, type SentFile, uploadOne } from '../files.ts';
import { createPerson, type Person } from '../people.ts';
import { type Inside, prepareSite, type Site } from './site.ts';

const rounds = 4;
const atOnce = 6;
const longestDelayMs = 250;

let site: Site;
let world: Inside;
let ada: Person;

beforeAll(async () => {
  site = await prepareSite();
  await site.start();
  world = await site.lookInside();
  ada = await createPerson(world, { role: 'customer' });
});
afterAll(() => site?.clear());

test('killed with -9 during uploads: what was acknowledged is there, whole; of the rest nothing stays', async () => {
  const random = randomFrom(20_261_124);
  const sent: SentFile[] = [await photo(1600, 1200), pdf(3_000_000), await photo(200, 200), pdf(10)];
  const acknowledged = new Set<string>();
  let interrupted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const uploads = Array.from({ length: atOnce }, (_, index) =>
      uploadOne(ada, { purpose: 'chat' }, sent[index % sent.length]!).then(
        ({ filename }) => void acknowledged.add(filename),
        () => {
          interrupted += 1;
        },
      ),
    );
    await wait(30 + random.below(longestDelayMs));
    await site.kill();
    await Promise.all(uploads);
    await site.start();
  }
  // A test in which nothing was under way would show nothing.
  expect(interrupted).toBeGreaterThan(0);
  for (const filename of acknowledged) await isThere(filename);
  await sweepLater();
  for (const filename of acknowledged) await isThere(filename);
  const rows = await world.ctx.db.selectFrom('files').selectAll().execute();
  expect(rows.filter(({ state }) => state !== 'available')).toEqual([]);
  const expected = rows.reduce((sum, { picture }) => sum + (picture === null ? 1 : 3), 0);
  expect((await everyByte(world)).length).toBe(expected);
  const differences = [];
  const { current } = world.ctx.storage;
  for await (const one of checkFiles(world.ctx, current, { removesOrphans: false })) differences.push(one);
  expect(differences).toEqual([]);
});

async function isThere(filename: string): Promise<void> {
  const answer = await fetchAs(world, ada, `/api/files/${filename}`);
  const bytes = await answer.bytes();
  expect([answer.status, String(bytes.length)]).toEqual([200, answer.headers.get('content-length')]);
}

/** What the sweep does two hours on. Unattached files live for a day, so none of them is over. */
async function sweepLater(): Promise<void> {
  world.clock.advance(2 * hourMs);
  await removeBytes(world.ctx);
  const { incomingDir } = world.ctx.storage;
  for (const name of await readdir(incomingDir)) {
    const old = new Date(Date.parse('2020-01-01'));
    await utimes(join(incomingDir, name), old, old);
  }
  await emptyIncoming(world.ctx);
}
