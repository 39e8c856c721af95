import type { File } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { FileRow } from '../db/tables/files.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentFile } from './present.ts';
import type { Purposes } from './purposes.ts';
import { lastPosition, requireRoom } from './room.ts';

/** Gives an uploaded file to its object, once. Throws not_found, forbidden or conflict. */
export async function attachFile(
  ctx: Ctx,
  purposes: Purposes,
  actor: Actor,
  name: string,
  objectId: string,
): Promise<File> {
  const file = await inTransaction(ctx.db, async (tx) => {
    const { purpose } = await findOwn(tx, actor, name);
    const rules = purposes[purpose];
    const target = rules.objectOf(actor, objectId);
    if (target === null) throw conflict('Files for this purpose cannot be attached here.');
    // The object is locked before its files, here and wherever else both are.
    const row = await findOwn(tx, actor, name);
    await requireRoom(ctx, tx, actor, rules, row, target);
    await lockUnattached(tx, name);
    const attached = await tx
      .updateTable('files')
      .set({
        object_id: target,
        position: lastPosition(target, purpose),
        remove_after: null,
        updated_at: ctx.clock.now(),
      })
      .where('id', '=', name)
      .returningAll()
      .executeTakeFirstOrThrow();
    await rules.onAttached?.(ctx, tx, actor, attached);
    return attached;
  });
  return presentFile(ctx, actor.userId, file);
}

const findOwn = (tx: Tx, actor: Actor, name: string): Promise<FileRow> =>
  tx
    .selectFrom('files')
    .selectAll()
    .where('id', '=', name)
    .where('uploaded_by', '=', actor.userId)
    .where('state', 'in', ['pending', 'available', 'rejected'])
    .executeTakeFirstOrThrow(() => notFound('file'));

async function lockUnattached(tx: Tx, name: string): Promise<void> {
  const file = await tx.selectFrom('files').selectAll().where('id', '=', name).forUpdate().executeTakeFirst();
  if (file === undefined) throw notFound('file');
  if (file.object_id !== null) throw conflict('This file is attached already.');
  if (file.state !== 'pending' && file.state !== 'available') throw conflict(`This file is ${file.state}.`);
}
