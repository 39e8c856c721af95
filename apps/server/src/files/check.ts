import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import type { Storage } from '../storage/storage.ts';
import { keysOf } from './names.ts';

export type Difference = { key: string; storage: Storage['name']; problem: 'no bytes' | 'no row' };

const batch = 500;

/**
 * Compares rows and bytes of a storage, both ways. Bytes younger than a day are left out: an upload may be on its way.
 * With `removesOrphans` bytes that no row knows are deleted.
 */
export async function* checkFiles(
  ctx: Ctx,
  storage: Storage,
  options: { removesOrphans: boolean },
): AsyncGenerator<Difference> {
  yield* missingBytes(ctx, storage);
  yield* orphans(ctx, storage, options.removesOrphans);
}

async function* missingBytes(ctx: Ctx, storage: Storage): AsyncGenerator<Difference> {
  let after = '';
  for (;;) {
    const files = await ctx.db
      .selectFrom('files')
      .selectAll()
      .where('storage', '=', storage.name)
      .where('state', 'in', ['pending', 'available', 'deleted'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(batch)
      .execute();
    for (const file of files)
      for (const key of keysOf(file))
        if (!(await isThere(storage, key))) yield { key, storage: storage.name, problem: 'no bytes' };
    if (files.length < batch) return;
    after = files.at(-1)!.id;
  }
}

async function isThere(storage: Storage, key: string): Promise<boolean> {
  const stored = await storage.get(key, { start: 0, end: 0 });
  stored?.stream.destroy();
  return stored !== undefined;
}

async function* orphans(ctx: Ctx, storage: Storage, removes: boolean): AsyncGenerator<Difference> {
  const youngest = addMs(ctx.clock.now(), -dayMs);
  let keys: string[] = [];
  for await (const { key, modifiedAt } of storage.list()) {
    // A bucket may have objects of somebody else.
    if (modifiedAt < youngest && key.startsWith('fil_')) keys.push(key);
    if (keys.length < batch) continue;
    yield* withoutRow(ctx, storage, keys, removes);
    keys = [];
  }
  yield* withoutRow(ctx, storage, keys, removes);
}

async function* withoutRow(
  ctx: Ctx,
  storage: Storage,
  keys: readonly string[],
  removes: boolean,
): AsyncGenerator<Difference> {
  const known = await knownKeys(ctx, storage, keys);
  for (const key of keys) {
    if (known.has(key)) continue;
    if (removes) await storage.remove(key);
    yield { key, storage: storage.name, problem: 'no row' };
  }
}

/** A thumbnail's key names its picture but for the extension, which is one of two. */
async function knownKeys(ctx: Ctx, storage: Storage, keys: readonly string[]): Promise<Set<string>> {
  const ids = keys.flatMap((key) => {
    const base = key.slice(0, key.indexOf('.'));
    return [key, `${base}.jpg`, `${base}.webp`];
  });
  if (ids.length === 0) return new Set();
  const rows: Pick<FileRow, 'id' | 'picture'>[] = await ctx.db
    .selectFrom('files')
    .select(['id', 'picture'])
    .where('storage', '=', storage.name)
    .where('id', 'in', ids)
    .execute();
  return new Set(rows.flatMap(keysOf));
}
