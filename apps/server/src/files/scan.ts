import type { Ctx } from '../context.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';

/**
 * Asks the scanner about a file that waits for it: pending → available or rejected. A scanner that does not answer
 * fails the task, which is tried again; until then nobody can fetch the file.
 */
export async function scanFile(ctx: Ctx, { fileId }: TaskPayloads['files.scan']): Promise<void> {
  const file = await ctx.db
    .selectFrom('files')
    .select(['id', 'storage'])
    .where('id', '=', fileId)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  if (file === undefined) return;
  if (ctx.scanner === undefined) throw new Error('files wait for a scanner, and CLAMD_HOST is not set');
  // Of a picture the file itself: its thumbnails come from the same decoded pixels.
  const stored = await ctx.storage.byName(file.storage).get(fileId);
  if (stored === undefined) throw new Error(`the bytes of ${fileId} are missing from ${file.storage}`);
  const result = await ctx.scanner.scan(stored.stream).finally(() => stored.stream.destroy());
  const now = ctx.clock.now();
  // The row of a rejected file stays, for its uploader to see; its bytes go at the next sweep.
  await ctx.db
    .updateTable('files')
    .set(
      result.isClean
        ? { state: 'available', updated_at: now }
        : { state: 'rejected', remove_after: now, updated_at: now },
    )
    .where('id', '=', fileId)
    .where('state', '=', 'pending')
    .execute();
  if (!result.isClean) ctx.log.warn({ file: fileId, signature: result.signature }, 'an upload was rejected');
}
