import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { newId } from '../src/ids.ts';
import type { Storage } from '../src/storage/storage.ts';

/** A folder of files that wait to be stored. */
export async function localFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-local-'));
  const write = async (content: string | Buffer): Promise<string> => {
    const path = join(folder, newId('local'));
    await writeFile(path, content);
    return path;
  };
  return {
    folder,
    write,
    random: async (sizeBytes: number) => {
      const content = randomBytes(sizeBytes);
      return { content, path: await write(content) };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export const newKey = (extension = '.jpg'): string => `${newId('fil')}${extension}`;

/** Puts a local file with its true size. */
export async function putFile(storage: Storage, key: string, path: string, mimeType = 'image/jpeg') {
  const { size } = await stat(path);
  await storage.put(key, path, { mimeType, sizeBytes: size });
}

/** All bytes under the key, or undefined if there is nothing. */
export async function bytesOf(
  storage: Storage,
  key: string,
  ...range: [range?: { start: number; end: number }]
): Promise<Buffer | undefined> {
  const stored = await storage.get(key, ...range);
  if (stored === undefined) return undefined;
  const bytes = await buffer(stored.stream);
  if (bytes.length !== stored.sizeBytes)
    throw new Error(`${stored.sizeBytes} bytes were announced, ${bytes.length} came`);
  return bytes;
}

export async function keysOf(storage: Storage): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list()) keys.push(key);
  return keys.sort();
}
