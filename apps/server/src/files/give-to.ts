import type { FilePurpose } from '@holdfast/contract';
import type { Tx } from '../db/connect.ts';
import type { FileRow } from '../db/tables/files.ts';
import { conflict, notFound } from '../errors.ts';
import { lastPosition } from './room.ts';

/** The uploader's own file of this purpose, and the object that gets it. */
export type Gift = { name: string; purpose: FilePurpose; uploadedBy: string; objectId: string };

/**
 * Gives a file to an object, behind those that it has, once. Throws not_found for files of others or for something else,
 * conflict for one that is attached already or not available.
 */
export async function giveTo(tx: Tx, now: Date, gift: Gift): Promise<FileRow> {
  const { name, purpose, uploadedBy, objectId } = gift;
  const file = await tx
    .selectFrom('files')
    .select(['object_id', 'state'])
    .where('id', '=', name)
    .where('purpose', '=', purpose)
    .where('uploaded_by', '=', uploadedBy)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('file'));
  if (file.object_id !== null) throw conflict('This file is attached already.');
  if (file.state !== 'pending' && file.state !== 'available') throw conflict(`This file is ${file.state}.`);
  return tx
    .updateTable('files')
    .set({
      object_id: objectId,
      position: lastPosition(objectId, purpose),
      remove_after: null,
      updated_at: now,
    })
    .where('id', '=', name)
    .returningAll()
    .executeTakeFirstOrThrow();
}
