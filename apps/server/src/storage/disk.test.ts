import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytesOf, keysOf, localFiles, newKey, putFile } from '../../test/local-files.ts';
import { smallFileSystem } from '../../test/small-file-system.ts';
import { type Disk, openDisk } from './disk.ts';
import { openStorage } from './open.ts';

/* What the folder guarantees besides what every place does, see storage.test.ts. */

let folder: string;
let disk: Disk;
let local: Awaited<ReturnType<typeof localFiles>>;

beforeAll(async () => {
  local = await localFiles();
});
afterAll(() => local.remove());
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'holdfast-disk-')), 'upload');
  disk = openDisk(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('opening it leaves the disk alone', async () => {
  const storage = openStorage({ uploadDir: folder, s3: undefined });
  expect(await bytesOf(storage.current, newKey())).toBeUndefined();
  await storage.current.remove(newKey());
  expect(await keysOf(storage.current)).toEqual([]);
  storage.close();
  expect(existsSync(folder)).toBe(false);
});

test('files are spread over folders by the letters after their prefix', async () => {
  const key = 'fil_Zx3456789012345678901.256.webp';
  await putFile(disk, key, await local.write('x'));
  expect(await readFile(join(folder, 'Zx', key), 'utf8')).toBe('x');
});

test('nobody else of this computer can read them, whatever the umask was', async () => {
  const key = 'fil_Ab';
  const path = await local.write('x');
  await chmod(path, 0o666);
  await disk.prepare();
  await putFile(disk, key, path);
  for (const made of [folder, disk.incomingDir, join(folder, 'Ab')]) expect(await modeOf(made)).toBe('700');
  expect(await modeOf(join(folder, 'Ab', key))).toBe('600');
});

test('what lies in the folder and is no file of ours is not listed', async () => {
  const key = newKey();
  await disk.prepare();
  await putFile(disk, key, await local.write('x'));
  await writeFile(join(disk.incomingDir, newKey()), 'on its way');
  await writeFile(join(folder, newKey()), 'in no subfolder');
  await mkdir(join(folder, 'zz', 'zz_zz'), { recursive: true });
  await writeFile(join(folder, 'zz', 'fil_misplaced'), 'in the wrong subfolder');
  await symlink('/etc/passwd', join(folder, 'zz', 'fil_zzlink'));
  expect(await keysOf(disk)).toEqual([key]);
});

test('who reads while the file is replaced or removed reads the old one to its end', async () => {
  const key = newKey();
  const { content, path } = await local.random(300_000);
  await putFile(disk, key, path);
  const [one, other] = [await disk.get(key), await disk.get(key)];
  await putFile(disk, key, await local.write('new'));
  expect((await buffer(one!.stream)).equals(content)).toBe(true);
  await disk.remove(key);
  expect((await buffer(other!.stream)).equals(content)).toBe(true);
});

test('many can put under one key at once: it holds one of the files, whole', async () => {
  const key = newKey();
  const files = await Promise.all(Array.from({ length: 20 }, () => local.random(50_000)));
  await Promise.all(files.map(({ path }) => putFile(disk, key, path)));
  const found = await bytesOf(disk, key);
  expect(files.some(({ content }) => content.equals(found!))).toBe(true);
});

test('killed between copy and rename, nothing is under the key, and the copy is where the incoming files are', async () => {
  const key = newKey();
  const { content, path } = await local.random(100_000);
  const entry = fileURLToPath(new URL('../../test/die-while-putting.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, folder, key, path], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect(await bytesOf(disk, key)).toBeUndefined();
  expect(await keysOf(disk)).toEqual([]);
  const left = await readdir(disk.incomingDir);
  expect(left).toHaveLength(1);
  expect((await readFile(join(disk.incomingDir, left[0]!))).equals(content)).toBe(true);
  await putFile(disk, key, path);
  expect((await bytesOf(disk, key))!.equals(content)).toBe(true);
});

describe('another file system', async () => {
  const small = await smallFileSystem();
  if (small === undefined)
    console.warn('NOT TESTED: what happens on another and on a full file system. It takes root on Linux.');
  afterAll(async () => {
    if (small !== undefined) await small.remove();
  });

  test.runIf(small !== undefined)('is left by a copy', async () => {
    const elsewhere = openDisk(join(small!.path, 'upload'));
    const key = newKey();
    const { content, path } = await local.random(100_000);
    await putFile(elsewhere, key, path);
    expect((await bytesOf(elsewhere, key))!.equals(content)).toBe(true);
    expect(await modeOf(join(small!.path, 'upload', key.slice(4, 6), key))).toBe('600');
    expect(await readdir(elsewhere.incomingDir)).toEqual([]);
    await elsewhere.remove(key);
  });

  test.runIf(small !== undefined)('that cannot take it under its name keeps no copy', async () => {
    const elsewhere = openDisk(join(small!.path, 'upload'));
    const key = newKey();
    const obstacle = join(small!.path, 'upload', key.slice(4, 6), key);
    await mkdir(obstacle, { recursive: true });
    await expect(putFile(elsewhere, key, await local.write('x'))).rejects.toThrow('EISDIR');
    expect(await readdir(elsewhere.incomingDir)).toEqual([]);
    await rm(obstacle, { recursive: true });
  });

  test.runIf(small !== undefined)('that is full says so, and keeps nothing of what did not fit', async () => {
    const full = openDisk(join(small!.path, 'upload'));
    const [old, key] = [newKey(), newKey()];
    await putFile(full, old, await local.write('was there'));
    const { path } = await local.random(2 * 2 ** 20);
    for (const one of [key, old])
      await expect(putFile(full, one, path)).rejects.toMatchObject({ code: 'storage_full', status: 507 });
    expect(await bytesOf(full, key)).toBeUndefined();
    expect((await bytesOf(full, old))?.toString()).toBe('was there');
    expect(await readdir(full.incomingDir)).toEqual([]);
    // It is not stuck: what is small enough still goes in.
    await putFile(full, key, await local.write('fits'));
    expect(await keysOf(full)).toEqual([old, key].sort());
  });
});
