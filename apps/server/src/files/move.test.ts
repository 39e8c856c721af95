import { rm, writeFile } from 'node:fs/promises';
import { type File, files } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { everyByte, fetchAs, pdf, photo, text, uploadOne } from '../../test/files.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { type S3Server, startS3Server } from '../../test/s3-server.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { openStorage } from '../storage/open.ts';
import type { Storages } from '../storage/storage.ts';
import { checkFiles } from './check.ts';
import { moveFiles } from './move.ts';
import { removeBytes } from './sweeps.ts';

let s3: S3Server;
let world: World;
let ada: Person;
let both: Storages;
beforeAll(async () => {
  s3 = await startS3Server();
  world = await startWorld();
  // The same server after its operator has configured a bucket.
  both = openStorage({ ...world.ctx.config, s3: { ...s3.config, allowsPresignedUrls: false } });
  Object.assign(world.ctx.storage, { byName: both.byName });
});
afterAll(async () => {
  await world.stop();
  both.close();
  await s3.stop();
});
beforeEach(async () => {
  await world.ctx.db.deleteFrom('files').execute();
  await rm(world.ctx.config.uploadDir, { recursive: true, force: true });
  for await (const { key } of both.byName('s3').list()) await both.byName('s3').remove(key);
  s3.intercept();
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
});

const placesOf = async () =>
  (await world.ctx.db.selectFrom('files').select(['id', 'storage']).orderBy('id').execute()).map(
    ({ storage }) => storage,
  );
const inS3 = async () => {
  const keys: string[] = [];
  for await (const { key } of both.byName('s3').list()) keys.push(key);
  return keys.length;
};
const bytesOf = async (file: File) =>
  Buffer.from(await (await fetchAs(world, undefined, file.url!)).arrayBuffer());
const differences = async () => {
  const found: string[] = [];
  for (const name of ['disk', 's3'] as const)
    for await (const { key, problem } of checkFiles(world.ctx, both.byName(name), { removesOrphans: false }))
      found.push(`${key} ${problem}`);
  return found;
};

test('every file moves there and back, whole, and no link breaks on the way', async () => {
  const sent = [await photo(), pdf(3000), text('two coats')];
  const stored = [];
  for (const one of sent) stored.push(await uploadOne(ada, { purpose: 'chat' }, one));
  const before = await Promise.all(stored.map(bytesOf));
  expect(await moveFiles(world.ctx, 'disk', 's3')).toEqual({ moved: 3, problems: [] });
  expect([await placesOf(), await inS3(), (await everyByte(world)).length]).toEqual([
    ['s3', 's3', 's3'],
    5,
    0,
  ]);
  expect(await Promise.all(stored.map(bytesOf))).toEqual(before);
  expect(await moveFiles(world.ctx, 's3', 'disk')).toEqual({ moved: 3, problems: [] });
  expect([await placesOf(), await inS3(), (await everyByte(world)).length]).toEqual([
    ['disk', 'disk', 'disk'],
    0,
    5,
  ]);
  expect(await Promise.all(stored.map(bytesOf))).toEqual(before);
  expect(await differences()).toEqual([]);
});

test('broken off anywhere, it goes on where it was', async () => {
  for (let index = 0; index < 4; index += 1) await uploadOne(ada, { purpose: 'chat' }, await photo(200, 200));
  let requests = 0;
  // Every seventh request to S3 fails for good, which is somewhere in the middle of a file.
  s3.intercept((_request, response) => {
    requests += 1;
    if (requests % 7 !== 0) return false;
    response.writeHead(400).end();
    return true;
  });
  const first = await moveFiles(world.ctx, 'disk', 's3');
  expect(first.problems.length).toBeGreaterThan(0);
  s3.intercept();
  const second = await moveFiles(world.ctx, 'disk', 's3');
  expect([first.moved + second.moved, second.problems]).toEqual([4, []]);
  expect([await inS3(), (await everyByte(world)).length]).toEqual([12, 0]);
  expect(await differences()).toEqual([]);
});

test('what is not as it was stored stays where it is, and is said', async () => {
  const file = await uploadOne(ada, { purpose: 'chat' }, text('two coats'));
  const kept = await uploadOne(ada, { purpose: 'chat' }, text('three coats'));
  const path = (await everyByte(world)).find((one) => one.endsWith(file.filename))!;
  await writeFile(path, 'one coat!');
  const { moved, problems } = await moveFiles(world.ctx, 'disk', 's3');
  expect([moved, problems]).toEqual([
    1,
    [`${file.filename}: ${file.filename} is not in disk as it was stored`],
  ]);
  expect((await bytesOf(kept)).toString()).toBe('three coats');
});

test('a file that is swept away while it moves is nowhere afterwards', async () => {
  const { filename } = await uploadOne(ada, { purpose: 'chat' }, text('two coats'));
  let isSwept = false;
  s3.intercept((request) => {
    if (request.method !== 'PUT' || isSwept) return false;
    isSwept = true;
    return false;
  });
  const get = both.byName('s3').get;
  const swept = { ...both.byName('s3') };
  // In the moment between the copy and the row.
  swept.get = async (...given) => {
    world.clock.advance(dayMs);
    await removeBytes(world.ctx);
    return get(...given);
  };
  const storage = { ...both, byName: (name: 'disk' | 's3') => (name === 's3' ? swept : both.byName(name)) };
  await moveFiles({ ...world.ctx, storage }, 'disk', 's3');
  expect([await inS3(), await everyByte(world)]).toEqual([0, []]);
  expect(await world.ctx.db.selectFrom('files').selectAll().where('id', '=', filename).execute()).toEqual([]);
});

test('somebody who reads while a file moves gets it all the same', async () => {
  const file = await uploadOne(ada, { purpose: 'chat' }, pdf(20_000));
  const expected = await bytesOf(file);
  const reading = (async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const answer = await fetchAs(world, ada, file.path);
      statuses.add(answer.status);
      expect(Buffer.from(await answer.arrayBuffer()).equals(expected)).toBe(true);
    }
    return [...statuses];
  })();
  const moving = (async () => {
    for (let round = 0; round < 5; round += 1) {
      await moveFiles(world.ctx, 'disk', 's3');
      await moveFiles(world.ctx, 's3', 'disk');
    }
  })();
  expect(await reading).toEqual([200]);
  await moving;
});

test('checking finds bytes without a row and rows without bytes, and removes the former when told to', async () => {
  const file = await uploadOne(ada, { purpose: 'chat' }, text('x'));
  const lost = await uploadOne(ada, { purpose: 'chat' }, await photo(100, 100));
  const disk = both.byName('disk');
  await disk.remove(lost.filename);
  await world.ctx.db.deleteFrom('files').where('id', '=', file.filename).execute();
  // The bytes are as young as this test, by the computer's clock; the world's is months ahead.
  const found = await differences();
  expect(found.sort()).toEqual([`${file.filename} no row`, `${lost.filename} no bytes`].sort());
  for await (const _one of checkFiles(world.ctx, disk, { removesOrphans: true }));
  expect(await differences()).toEqual([`${lost.filename} no bytes`]);
  await ada.client.call(files.remove, { params: { filename: lost.filename } });
});
