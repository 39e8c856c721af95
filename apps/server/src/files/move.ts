import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import type { Storage } from '../storage/storage.ts';
import { keyOf, keysOf } from './names.ts';
import { closeFolder, openFolder } from './spool.ts';
import { shown } from './states.ts';

type Place = Storage['name'];
export type Moved = { moved: number; problems: string[] };

const batch = 100;
const movable = [...shown, 'deleted'] as const;

/**
 * Copies every file from one storage to the other, compares checksums there, and only then says so in its row and
 * deletes the original: broken off anywhere, it goes on when it is called again, and no link ever breaks. What cannot be
 * copied is a problem of that file alone.
 */
export async function moveFiles(
  ctx: Ctx,
  from: Place,
  to: Place,
  say: (line: string) => void = () => undefined,
): Promise<Moved> {
  const result: Moved = { moved: 0, problems: [] };
  let after = '';
  for (;;) {
    const files = await nextFiles(ctx, from, after);
    for (const file of files) {
      try {
        await moveFile(ctx, file, ctx.storage.byName(from), ctx.storage.byName(to));
        result.moved += 1;
      } catch (error) {
        result.problems.push(`${file.id}: ${(error as Error).message}`);
      }
    }
    say(`${result.moved} moved, ${result.problems.length} could not be moved`);
    if (files.length < batch) return result;
    after = files.at(-1)!.id;
  }
}

const nextFiles = (ctx: Ctx, from: Place, after: string): Promise<FileRow[]> =>
  ctx.db
    .selectFrom('files')
    .selectAll()
    .where('storage', '=', from)
    .where('state', 'in', movable)
    .where('id', '>', after)
    .orderBy('id')
    .limit(batch)
    .execute();

async function moveFile(ctx: Ctx, file: FileRow, from: Storage, to: Storage): Promise<void> {
  // A rejected file's bytes are gone, its row goes along.
  const isGone = file.state === 'rejected' && file.remove_after === null;
  if (!isGone) await copyAll(ctx, file, from, to);
  const { numUpdatedRows } = await ctx.db
    .updateTable('files')
    .set({ storage: to.name })
    .where('id', '=', file.id)
    .where('storage', '=', from.name)
    .where('state', 'in', movable)
    .executeTakeFirstOrThrow();
  // Swept away meanwhile: then the copy is nobody's.
  const useless = numUpdatedRows === 0n ? to : from;
  for (const key of keysOf(file)) await useless.remove(key);
}

async function copyAll(ctx: Ctx, file: FileRow, from: Storage, to: Storage): Promise<void> {
  const folder = await openFolder(ctx.storage.incomingDir);
  try {
    for (const key of keysOf(file)) {
      const expected = checksumOf(file, key);
      const path = join(folder, key);
      if ((await download(from, key, path)) !== expected)
        throw new Error(`${key} is not in ${from.name} as it was stored`);
      const { size: sizeBytes } = await stat(path);
      const mimeType = key === file.id ? file.mime_type : 'image/webp';
      await to.put(key, path, { mimeType, sizeBytes });
      if ((await download(to, key, `${path}.back`)) !== expected)
        throw new Error(`${key} did not arrive in ${to.name} as it was sent`);
    }
  } finally {
    await closeFolder(folder);
  }
}

function checksumOf({ id, sha256, picture }: FileRow, key: string): string {
  if (key === id) return sha256.toString('base64url');
  return key === keyOf(id, 'small') ? picture!.small.sha256 : picture!.large.sha256;
}

/** Saves the bytes and answers their SHA-256; undefined if there are none. */
async function download(storage: Storage, key: string, path: string): Promise<string | undefined> {
  const stored = await storage.get(key);
  if (stored === undefined) return undefined;
  const hash = createHash('sha256');
  const listen = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(stored.stream, listen, createWriteStream(path, { mode: 0o600 }));
  return hash.digest('base64url');
}
