import type { FilePurpose } from '@holdfast/contract';
import type { Tx } from '../db/connect.ts';
import { giveTo } from './give-to.ts';

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
  for (const name of names) await giveTo(tx, now, { ...target, name });
}
