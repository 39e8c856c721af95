import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson } from '../people.ts';
import { openRoomOf } from '../talk.ts';
import { type MortalPostgres, startMortalPostgres } from './mortal-postgres.ts';
import { patiently } from './patiently.ts';
import { type Inside, prepareSite, type Site } from './site.ts';
import { connectTalker, expectWhole, say, type Talker } from './talkers.ts';

const pairs = 20;
const messagesPerPerson = 250;
const total = 2 * pairs * messagesPerPerson;
/** How many messages are acknowledged when PostgreSQL dies. */
const deaths = [1_500, 5_000, 8_500];

let postgres: MortalPostgres;
let site: Site;
let world: Inside;

beforeAll(async () => {
  postgres = await startMortalPostgres();
  // What the server says of its broken connections is not of interest.
  site = await prepareSite({ DATABASE_URL: postgres.url, LOG_LEVEL: 'silent' });
  await site.start();
  world = await site.lookInside();
});
afterAll(async () => {
  await site?.clear();
  await postgres?.remove();
});

async function meet(): Promise<[Talker, Talker][]> {
  const all: [Talker, Talker][] = [];
  for (let index = 0; index < pairs; index += 1) {
    const ada = await createPerson(world, { role: 'customer' });
    const carl = await createPerson(world, { role: 'contractor' });
    const room = await patiently(() => openRoomOf(ada, carl));
    all.push([connectTalker(site.socketPort, ada, room), connectTalker(site.socketPort, carl, room)]);
  }
  return all;
}

/** Everybody writes at once; each time so many are acknowledged, it happens, and they go on meanwhile. */
async function talk(
  talkers: readonly Talker[],
  counts: readonly number[],
  happens: () => Promise<void>,
): Promise<void> {
  let acknowledged = 0;
  let happened = Promise.resolve();
  await Promise.all(
    talkers.flatMap((talker, index) =>
      Array.from({ length: messagesPerPerson }, async (_, number) => {
        await say(talker, `${index} ${number}`);
        acknowledged += 1;
        if (counts.includes(acknowledged)) happened = happened.then(happens);
      }),
    ),
  );
  await happened;
}

test('PostgreSQL is killed with -9 in the middle of 10,000 messages: none is lost, doubled or moved, and the server goes on', async () => {
  const settings = await world.ctx.pool.query(
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as waits`,
  );
  expect(settings.rows).toEqual([{ fsync: 'on', waits: 'on' }]);
  const rooms = await meet();
  const talkers = rooms.flat();
  let underWay = 0;
  await talk(talkers, deaths, async () => {
    underWay += talkers.filter(({ acknowledged }) => acknowledged.size < messagesPerPerson).length;
    await postgres.kill();
    await postgres.start();
  });
  // A test in which nothing was under way, and nothing sent again, would show nothing.
  expect(underWay).toBeGreaterThan(deaths.length);
  expect(talkers.reduce((sum, { sends }) => sum + sends(), 0)).toBeGreaterThan(total);
  for (const { acknowledged } of talkers) expect(acknowledged.size).toBe(messagesPerPerson);
  for (const room of rooms) await expectWhole(room);
  for (const { chat } of talkers) chat.close();
  expect(site.isRunning()).toBe(true);
  await expectWorkToBeDone();
});

/** What is enqueued after the last death is done as well: the worker listens again. */
async function expectWorkToBeDone(): Promise<void> {
  const email = 'late@chaos.example';
  const password = 'correct horse battery';
  const body = { role: 'customer' as const, email, password, name: 'Lea', timeZone: 'UTC' };
  await patiently(() => world.client.call(accounts.register, { body }));
  const mails = () => readFile(join(site.folder, 'mailbox.jsonl'), 'utf8').catch(() => '');
  await expect.poll(mails).toContain(email);
}
