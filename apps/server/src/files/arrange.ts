import type { FilePurpose } from '@holdfast/contract';
import type { Tx } from '../db/connect.ts';
import { shown } from './states.ts';

/**
 * Puts the files of an object in this order, with these captions. False, with nothing changed, unless each of them is
 * named exactly once. The caller holds the object's lock.
 */
export async function arrangeFiles(
  tx: Tx,
  now: Date,
  purpose: FilePurpose,
  objectId: string,
  items: readonly { filename: string; caption: string | null }[],
): Promise<boolean> {
  const rows = await tx
    .selectFrom('files')
    .select('id')
    .where('object_id', '=', objectId)
    .where('purpose', '=', purpose)
    .where('state', 'in', shown)
    .forUpdate()
    .execute();
  const named = new Set(items.map(({ filename }) => filename));
  if (named.size !== items.length || rows.length !== named.size) return false;
  if (!rows.every(({ id }) => named.has(id))) return false;
  for (const [position, { filename, caption }] of items.entries())
    await tx
      .updateTable('files')
      .set({ position, caption, updated_at: now })
      .where('id', '=', filename)
      .execute();
  return true;
}
