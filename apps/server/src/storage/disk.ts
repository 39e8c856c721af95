import { constants, type Dirent } from 'node:fs';
import { copyFile, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { newId } from '../ids.ts';
import { checkKey, folderOfKey, isKey } from './keys.ts';
import { isNoSpace, storageFull } from './no-space.ts';
import type { Range, Storage, StoredBytes, StoredKey } from './storage.ts';

export type Disk = Storage & { readonly incomingDir: string; prepare(): Promise<void> };

/** Files in subfolders of one folder, for nobody but this user. Nothing is there before `prepare` or the first `put`. */
export function openDisk(uploadDir: string): Disk {
  const root = resolve(uploadDir);
  const incomingDir = join(root, '.incoming');
  const folders: Folders = { root, incomingDir, durable: new Set() };
  return {
    name: 'disk',
    incomingDir,
    prepare: async () => {
      await makeFolder(incomingDir);
    },
    put: (key, localPath, info) => put(folders, key, localPath, info.sizeBytes),
    get: async (key, range) => get(pathOf(root, key), range),
    remove: async (key) => rm(pathOf(root, key), { force: true }),
    list: () => list(root),
  };
}

/** `durable`: the subfolders whose names are known to be on the disk. */
type Folders = { root: string; incomingDir: string; durable: Set<string> };

function pathOf(root: string, key: string): string {
  checkKey(key);
  return join(root, folderOfKey(key), key);
}

/** Resolves to whether the folder, or one above it, was made just now. */
const makeFolder = async (path: string): Promise<boolean> =>
  (await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined;

async function put(folders: Folders, key: string, localPath: string, sizeBytes: number): Promise<void> {
  const target = pathOf(folders.root, key);
  const folder = join(target, '..');
  try {
    await makeDurable(localPath, sizeBytes);
    // Also by who did not make it: whoever did may still be waiting for the disk.
    if ((await makeFolder(folder)) || !folders.durable.has(folder)) await syncFolder(folders.root);
    folders.durable.add(folder);
    await move(folders, localPath, target, sizeBytes);
    await syncFolder(folder);
  } catch (error) {
    throw isNoSpace(error) ? storageFull(error) : error;
  }
}

async function move(folders: Folders, localPath: string, target: string, sizeBytes: number): Promise<void> {
  try {
    await rename(localPath, target);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EXDEV') throw error;
    await copyOver(folders, localPath, target, sizeBytes);
  }
}

/** From another file system: the name appears by a rename here too, once all bytes are on this one. */
async function copyOver(
  { incomingDir }: Folders,
  localPath: string,
  target: string,
  sizeBytes: number,
): Promise<void> {
  await makeFolder(incomingDir);
  const copy = join(incomingDir, newId('copy'));
  try {
    await copyFile(localPath, copy, constants.COPYFILE_EXCL);
    await makeDurable(copy, sizeBytes);
    await rename(copy, target);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}

/** Waits until the file's bytes are on the disk, and leaves it to its owner. Throws if they are not as many as said. */
async function makeDurable(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (size !== sizeBytes) throw new Error(`a file of ${sizeBytes} bytes was announced, it has ${size}`);
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Names are as durable as their folder. Windows has no handle for that and keeps them by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function get(path: string, range: Range | undefined): Promise<StoredBytes | undefined> {
  const file = await unlessMissing(open(path, 'r'));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (range === undefined) return { stream: file.createReadStream(), sizeBytes: size };
    if (range.start >= size) throw new RangeError(`byte ${range.start} is behind the last of ${size}`);
    const end = Math.min(range.end, size - 1);
    return { stream: file.createReadStream({ start: range.start, end }), sizeBytes: end - range.start + 1 };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* list(root: string): AsyncGenerator<StoredKey> {
  for (const folder of await entriesOf(root)) {
    if (!folder.isDirectory() || folder.name.startsWith('.')) continue;
    for (const { name: key } of await entriesOf(join(root, folder.name))) {
      if (!isKey(key) || folderOfKey(key) !== folder.name) continue;
      // It may have been removed since the folder was read.
      const found = await unlessMissing(lstat(join(root, folder.name, key)));
      if (found?.isFile()) yield { key, sizeBytes: found.size, modifiedAt: found.mtime };
    }
  }
}

const entriesOf = async (path: string): Promise<Dirent[]> =>
  (await unlessMissing(readdir(path, { withFileTypes: true }))) ?? [];

const unlessMissing = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
