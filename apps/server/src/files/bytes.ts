import type { Readable } from 'node:stream';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import type { Range } from '../storage/storage.ts';
import { findFile } from './read.ts';

/**
 * The bytes under a key of the file. If they are not where the row said they would be, they were moved since: then they
 * are where it says now. Throws Error if they are nowhere, AppError 'unavailable' if the storage does not answer.
 */
export async function openBytes(
  ctx: Ctx,
  file: FileRow,
  key: string,
  range: Range | undefined,
): Promise<Readable> {
  const stored = await ctx.storage.byName(file.storage).get(key, range);
  if (stored !== undefined) return stored.stream;
  const now = await findFile(ctx.db, file.id);
  const moved =
    now === undefined || now.storage === file.storage
      ? undefined
      : await ctx.storage.byName(now.storage).get(key, range);
  if (moved === undefined) throw new Error(`the bytes of ${key} are missing from ${file.storage}`);
  return moved.stream;
}
