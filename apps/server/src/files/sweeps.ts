import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Sweep } from '../outbox/worker.ts';
import { keysOf } from './names.ts';
import { resumableFolder } from './resumable.ts';

const batch = 50;
const spoolLifeMs = hourMs;
// Of an upload in pieces, since its last one.
const resumableLifeMs = dayMs;

/** What the files forget by themselves. */
export const fileSweeps: Sweep[] = [
  { name: 'delete the bytes of files that are gone', run: removeBytes },
  { name: 'delete what broken uploads left', run: emptyIncoming },
];

/**
 * Deletes what is over: never finished, never attached, deleted, rejected. First the row says so, then the bytes go,
 * then the row: a crash between is continued by the next sweep.
 */
export async function removeBytes(ctx: Ctx): Promise<void> {
  for (;;) {
    const files = await claim(ctx);
    for (const file of files) {
      try {
        const storage = ctx.storage.byName(file.storage);
        for (const key of keysOf(file)) await storage.remove(key);
        await forget(ctx, file);
      } catch (error) {
        ctx.log.warn({ err: error, file: file.id }, 'the bytes of a file could not be deleted yet');
      }
    }
    if (files.length < batch) return;
  }
}

function claim(ctx: Ctx): Promise<FileRow[]> {
  const now = ctx.clock.now();
  return inTransaction(ctx.db, async (tx) => {
    const files = await tx
      .selectFrom('files')
      .selectAll()
      .where('remove_after', '<=', now)
      .orderBy('remove_after')
      .limit(batch)
      .forUpdate()
      .skipLocked()
      .execute();
    if (files.length === 0) return [];
    // What fails comes again in an hour, so that it is not in the way of all others.
    await tx
      .updateTable('files')
      .set(({ eb }) => ({
        state: eb.case().when('state', '=', 'rejected').then('rejected').else('removing').end() as never,
        remove_after: new Date(now.getTime() + hourMs),
      }))
      .where(
        'id',
        'in',
        files.map(({ id }) => id),
      )
      .execute();
    return files;
  });
}

/** A rejected file's row stays, without bytes, to say what became of it. */
async function forget(ctx: Ctx, { id, state }: FileRow): Promise<void> {
  if (state === 'rejected')
    await ctx.db.updateTable('files').set({ remove_after: null }).where('id', '=', id).execute();
  else await ctx.db.deleteFrom('files').where('id', '=', id).where('state', '=', 'removing').execute();
}

/**
 * Deletes the folders of uploads whose process died. Their age is measured by the file system's own time, which no
 * moved clock and no other machine's clock can disturb.
 */
export async function emptyIncoming(ctx: Ctx): Promise<void> {
  const { incomingDir } = ctx.storage;
  await removeOlder(incomingDir, spoolLifeMs, (name) => /^(upl|copy)_/.test(name));
  await removeOlder(resumableFolder(incomingDir), resumableLifeMs, (name) => name.includes('.tus_'));
}

async function removeOlder(
  folder: string,
  lifeMs: number,
  isMeant: (name: string) => boolean,
): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter(isMeant);
  if (names.length === 0) return;
  const now = await timeOf(folder);
  for (const name of names) {
    const path = join(folder, name);
    const changedAt = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (changedAt !== undefined && changedAt < now - lifeMs) await rm(path, { recursive: true, force: true });
  }
}

async function timeOf(folder: string): Promise<number> {
  const path = join(folder, 'now');
  await writeFile(path, '');
  return (await stat(path)).mtimeMs;
}
