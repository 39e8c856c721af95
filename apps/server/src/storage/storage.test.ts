import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, keysOf, localFiles, newKey, putFile } from '../../test/local-files.ts';
import { startS3Server } from '../../test/s3-server.ts';
import { openS3 } from '../vendors/s3.ts';
import { openDisk } from './disk.ts';
import type { Storage } from './storage.ts';

/* What every place for files guarantees. What only one of them does is tested beside it. */

const mebibyte = 2 ** 20;

type Place = { storage: Storage; stop(): Promise<void> };

async function onDisk(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
  return { storage: openDisk(folder), stop: () => rm(folder, { recursive: true }) };
}

async function onS3(): Promise<Place> {
  const server = await startS3Server();
  const storage = openS3(server.config);
  return {
    storage,
    stop: async () => {
      storage.close();
      await server.stop();
    },
  };
}

describe.each([
  ['disk', onDisk],
  ['s3', onS3],
])('%s', (name, open) => {
  let place: Place;
  let storage: Storage;
  let local: Awaited<ReturnType<typeof localFiles>>;

  beforeAll(async () => {
    local = await localFiles();
    place = await open();
    storage = place.storage;
  });
  afterAll(async () => {
    await place?.stop();
    await local?.remove();
  });
  beforeEach(async () => {
    for (const key of await keysOf(storage)) await storage.remove(key);
  });

  test('has its name', () => {
    expect(storage.name).toBe(name);
  });

  test('gives back the bytes that were put, and only under their key', async () => {
    const { content, path } = await local.random(100_000);
    const key = newKey();
    await putFile(storage, key, path);
    expect(await bytesOf(storage, key)).toEqual(content);
    expect(await bytesOf(storage, newKey())).toBeUndefined();
  });

  test('keeps a file without a byte', async () => {
    const key = newKey();
    await putFile(storage, key, await local.write(''));
    expect(await bytesOf(storage, key)).toEqual(Buffer.alloc(0));
  });

  test.each([
    ['the beginning', { start: 0, end: 2 }, 'abc'],
    ['one byte', { start: 4, end: 4 }, 'e'],
    ['the middle', { start: 3, end: 6 }, 'defg'],
    ['the last byte', { start: 9, end: 9 }, 'j'],
    ['what goes beyond the end, up to the end', { start: 8, end: 1_000 }, 'ij'],
  ])('gives a range: %s', async (_name, range, expected) => {
    const key = newKey();
    await putFile(storage, key, await local.write('abcdefghij'));
    expect((await bytesOf(storage, key, range))?.toString()).toBe(expected);
  });

  test('refuses a range that begins behind the end', async () => {
    const key = newKey();
    await putFile(storage, key, await local.write('abc'));
    await expect(storage.get(key, { start: 3, end: 5 })).rejects.toThrow(RangeError);
    expect(await storage.get(newKey(), { start: 3, end: 5 })).toBeUndefined();
  });

  test('replaces what was under the key', async () => {
    const key = newKey();
    await putFile(storage, key, await local.write('the first, which is longer'));
    await putFile(storage, key, await local.write('the second'));
    expect((await bytesOf(storage, key))?.toString()).toBe('the second');
    expect(await keysOf(storage)).toEqual([key]);
  });

  test('removes, once and again', async () => {
    const [gone, kept] = [newKey(), newKey()];
    for (const key of [gone, kept]) await putFile(storage, key, await local.write(key));
    await storage.remove(gone);
    await storage.remove(gone);
    expect(await bytesOf(storage, gone)).toBeUndefined();
    expect(await keysOf(storage)).toEqual([kept]);
  });

  test('lists every key with its size and time', async () => {
    expect(await keysOf(storage)).toEqual([]);
    const keys = Array.from({ length: 20 }, (_, index) => newKey(index % 2 === 0 ? '.jpg' : '.256.webp'));
    for (const [index, key] of keys.entries())
      await putFile(storage, key, await local.write('x'.repeat(index)));
    const found = new Map<string, { sizeBytes: number; modifiedAt: Date }>();
    for await (const { key, ...rest } of storage.list()) found.set(key, rest);
    expect([...found.keys()].sort()).toEqual([...keys].sort());
    for (const [index, key] of keys.entries()) {
      expect(found.get(key)!.sizeBytes).toBe(index);
      expect(Math.abs(found.get(key)!.modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
    }
  });

  test('takes a large file without having the whole of it in memory', async () => {
    const sizeBytes = 48 * mebibyte;
    const key = newKey('.pdf');
    const path = await local.write('');
    await truncate(path, sizeBytes);
    const peakBytes = await peakOfBuffers(() => putFile(storage, key, path, 'application/pdf'));
    expect(peakBytes).toBeLessThan(32 * mebibyte);
    let counted = 0;
    const stored = await storage.get(key);
    for await (const chunk of stored!.stream) counted += (chunk as Buffer).length;
    expect(counted).toBe(sizeBytes);
  });

  test('gives back 20 MB in every byte', async () => {
    const key = newKey('.pdf');
    const { content, path } = await local.random(20 * mebibyte + 1);
    await putFile(storage, key, path, 'application/pdf');
    expect((await bytesOf(storage, key))!.equals(content)).toBe(true);
    const range = { start: 10 * mebibyte - 3, end: 10 * mebibyte + 3 };
    expect(await bytesOf(storage, key, range)).toEqual(content.subarray(range.start, range.end + 1));
  });

  test('has nothing new under a key whose file could not be read, or is not what was announced', async () => {
    const [empty, old] = [newKey(), newKey()];
    await putFile(storage, old, await local.write('what was there'));
    for (const key of [empty, old]) {
      const missing = join(local.folder, 'missing');
      await expect(storage.put(key, missing, { mimeType: 'image/png', sizeBytes: 1 })).rejects.toThrow();
      const torn = await local.write('torn');
      await expect(storage.put(key, torn, { mimeType: 'image/png', sizeBytes: 9 })).rejects.toThrow(
        'a file of 9 bytes was announced, it has 4',
      );
    }
    expect(await bytesOf(storage, empty)).toBeUndefined();
    expect((await bytesOf(storage, old))?.toString()).toBe('what was there');
    expect(await keysOf(storage)).toEqual([old]);
  });

  test.each([
    '',
    '.',
    '..',
    '../secret',
    'a/b',
    '/etc/passwd',
    'a\\b',
    '.incoming',
    'a\0',
    'a\n',
    'ä',
    'a b',
    'a%2f',
    'x'.repeat(101),
  ])('refuses %j as a key, whatever is to be done with it', async (key) => {
    const path = await local.write('x');
    const info = { mimeType: 'image/png', sizeBytes: 1 };
    const refused = /cannot be a key/;
    await expect(storage.put(key, path, info)).rejects.toThrow(refused);
    await expect(storage.get(key)).rejects.toThrow(refused);
    await expect(storage.remove(key)).rejects.toThrow(refused);
    if (storage.presign !== undefined) {
      const options = { expiresInSeconds: 60, mimeType: 'image/png', disposition: 'inline' };
      await expect(storage.presign(key, options)).rejects.toThrow(refused);
    }
    expect(await keysOf(storage)).toEqual([]);
  });

  test.each(['a', 'fil_..x', '_', 'a_.', '0'.repeat(100), 'CaSe_aB', 'a..b'])(
    'takes %j as a key',
    async (key) => {
      await putFile(storage, key, await local.write(key));
      expect((await bytesOf(storage, key))?.toString()).toBe(key);
      expect(await keysOf(storage)).toEqual([key]);
    },
  );
});

/** The most bytes of buffers that were alive at once while this ran, above those of before. */
async function peakOfBuffers(work: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const alive = () => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = alive();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, alive() - before);
  }, 100);
  await work().finally(() => clearInterval(timer));
  return Math.max(peak, alive() - before);
}
