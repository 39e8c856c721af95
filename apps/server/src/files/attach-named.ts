import type { FilePurpose } from '@holdfast/contract';
import type { Tx } from '../db/connect.ts';
import { conflict, notFound } from '../errors.ts';
import { lastPosition } from './room.ts';

/**
 * Gives uploaded files to an object, in this order, for a verb that makes the object in the same transaction. Throws
 * not_found for files of others, conflict for those that are attached already or not available.
 */
export async function attachNamed(
  tx: Tx,
  now: Date,
  target: { purpose: FilePurpose; objectId: string; uploadedBy: string },
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    const file = await tx
      .selectFrom('files')
      .select(['object_id', 'state', 'purpose', 'uploaded_by'])
      .where('id', '=', name)
      .forUpdate()
      .executeTakeFirst();
    if (file?.uploaded_by !== target.uploadedBy || file.purpose !== target.purpose) throw notFound('file');
    if (file.object_id !== null) throw conflict('This file is attached already.');
    if (file.state !== 'available' && file.state !== 'pending') throw conflict(`This file is ${file.state}.`);
    await tx
      .updateTable('files')
      .set({
        object_id: target.objectId,
        position: lastPosition(target.objectId, target.purpose),
        remove_after: null,
        updated_at: now,
      })
      .where('id', '=', name)
      .execute();
  }
}
