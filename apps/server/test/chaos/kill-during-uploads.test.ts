import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@holdfast/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomFrom } from '../../demo/random.ts';
import { temporaryFolder } from '../../demo/temporary-folder.ts';
import { unusedPort } from '../../demo/unused-port.ts';
import { hourMs, systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { type Ctx, closeContext, createContext } from '../../src/context.ts';
import { checkFiles } from '../../src/files/files.ts';
import { emptyIncoming, removeBytes } from '../../src/files/sweeps.ts';
import { joinRunningStack } from '../../src/local/stack.ts';
import { createLog } from '../../src/log.ts';
import { type ManualClock, manualClock } from '../clock.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { everyByte, fetchAs, pdf, photo, type SentFile, uploadOne } from '../files.ts';
import { createPerson, type Person } from '../people.ts';
import type { World } from '../world.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const rounds = 4;
const atOnce = 6;
const longestDelayMs = 250;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let environment: Record<string, string>;
let server: ServerProcess;
let world: World;
let clock: ManualClock;
let ada: Person;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  environment = {
    DATA_DIR: folder.path,
    UPLOAD_DIR: join(folder.path, 'upload'),
    DATABASE_URL: database.url,
    LOG_LEVEL: 'error',
    PORT: String(await unusedPort()),
    SOCKET_PORT: String(await unusedPort()),
    STRIPE_SANDBOX_PORT: String(await unusedPort()),
  };
  server = await startServerProcess(environment);
  clock = manualClock(systemClock.now());
  world = await lookInside();
  ada = await createPerson(world, { role: 'customer' });
}, 60_000);

afterAll(async () => {
  await server?.kill();
  await closeContext(world.ctx);
  await folder?.remove();
  await database?.drop();
});

/** The same database and folder, seen from here, with a clock that can be moved. */
async function lookInside(): Promise<World> {
  const config = await joinRunningStack(readConfig(environment));
  const ctx: Ctx = createContext(config, clock, createLog('error'));
  const url = `http://127.0.0.1:${environment.PORT}`;
  return { ctx, clock, url, client: createClient(url, undefined, { timeoutMs: 10_000 }) } as World;
}

test('killed with -9 during uploads: what was acknowledged is there, whole; of the rest nothing stays', {
  timeout: 120_000,
}, async () => {
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
    await server.kill();
    await Promise.all(uploads);
    server = await startServerProcess(environment);
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
  clock.advance(2 * hourMs);
  await removeBytes(world.ctx);
  const { incomingDir } = world.ctx.storage;
  for (const name of await readdir(incomingDir)) {
    const old = new Date(Date.parse('2020-01-01'));
    await utimes(join(incomingDir, name), old, old);
  }
  await emptyIncoming(world.ctx);
}
