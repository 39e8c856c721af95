import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Purposes, RecordRemoval } from './purposes.ts';
import { shown } from './states.ts';

// For those who find out too late what they deleted: until then an operator can bring it back.
const keptMs = 7 * dayMs;

/** Deletes a file for everybody; its bytes go with the sweep, a week later. Throws not_found or conflict. */
export function removeFile(
  ctx: Ctx,
  { purposes, recordRemoval }: { purposes: Purposes; recordRemoval: RecordRemoval },
  actor: Actor,
  name: string,
): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const file = await tx
      .selectFrom('files')
      .selectAll()
      .where('id', '=', name)
      .where('state', 'in', shown)
      .forUpdate()
      .executeTakeFirst();
    const mayRemove = file?.uploaded_by === actor.userId || (actor.role === 'admin' && actor.hasSecondFactor);
    if (file === undefined || !mayRemove) throw notFound('file');
    const reason =
      file.object_id === null ? undefined : await purposes[file.purpose].reasonToKeep?.(tx, file);
    if (reason !== undefined) throw conflict(reason);
    const now = ctx.clock.now();
    await tx
      .updateTable('files')
      .set({ state: 'deleted', remove_after: addMs(now, keptMs), updated_at: now })
      .where('id', '=', name)
      .execute();
    if (file.uploaded_by !== actor.userId) await recordRemoval(tx, now, actor.userId, name);
  });
}

/** The picture before the new one, which replaces it. */
export async function removePictureOf(tx: Tx, now: Date, userId: string): Promise<void> {
  await tx
    .updateTable('files')
    .set({ state: 'deleted', remove_after: now, updated_at: now })
    .where('uploaded_by', '=', userId)
    .where('purpose', '=', 'profile')
    .where('state', 'in', shown)
    .execute();
}

/**
 * Of somebody whose account is deleted: what they showed of themselves and of their jobs, and what was never attached,
 * at the next sweep. Proof, evidence and what they sent in a chat belong to the other side as well, and stay.
 */
export async function forgetFilesOf(tx: Tx, now: Date, userId: string): Promise<void> {
  await tx
    .updateTable('files')
    .set({ state: 'deleted', remove_after: now, updated_at: now })
    .where('uploaded_by', '=', userId)
    .where('state', 'in', [...shown, 'deleted'])
    .where(({ eb, or }) =>
      or([eb('purpose', 'in', ['profile', 'portfolio', 'job']), eb('object_id', 'is', null)]),
    )
    .execute();
}
