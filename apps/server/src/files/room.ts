import type { FilePurpose } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { FileRow } from '../db/tables/files.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { PurposeRules } from './purposes.ts';
import { shown } from './states.ts';

/** Locks the object, and requires that the actor may put this file there and that it is not full. */
export async function requireRoom(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  rules: PurposeRules,
  { purpose, uploaded_by: uploadedBy }: FileRow,
  objectId: string,
): Promise<void> {
  await rules.requirePlace(tx, actor, objectId);
  await rules.makeRoom?.(ctx, tx, objectId);
  const { count } = await tx
    .selectFrom('files')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('object_id', '=', objectId)
    .where('purpose', '=', purpose)
    // In a dispute both sides upload, and neither can fill the other's place.
    .where('uploaded_by', '=', uploadedBy)
    .where('state', 'in', shown)
    .executeTakeFirstOrThrow();
  if (Number(count) >= rules.maximum)
    throw conflict(`There are ${rules.maximum} files already, which is the most.`);
}

/** Behind all others of the object, which the caller has locked. */
export const lastPosition = (objectId: string | null, purpose: FilePurpose) =>
  sql<number | null>`(select coalesce(max(position) + 1, 0) from files
    where object_id = ${objectId} and purpose = ${purpose} and state in ('pending', 'available', 'rejected'))`;
