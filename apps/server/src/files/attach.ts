import type { File } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { FileRow } from '../db/tables/files.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { giveTo } from './give-to.ts';
import { presentFile } from './present.ts';
import type { Purposes } from './purposes.ts';
import { requireRoom } from './room.ts';
import { shown } from './states.ts';

/** Gives an uploaded file to its object, once. Throws not_found, forbidden or conflict. */
export async function attachFile(
  ctx: Ctx,
  purposes: Purposes,
  actor: Actor,
  name: string,
  objectId: string,
): Promise<File> {
  const file = await inTransaction(ctx.db, async (tx) => {
    const own = await findOwn(tx, actor, name);
    const { purpose } = own;
    const rules = purposes[purpose];
    const target = rules.objectOf(actor, objectId);
    if (target === null) throw conflict('Files for this purpose cannot be attached here.');
    // The object is locked before its files, here and wherever else both are.
    await requireRoom(ctx, tx, actor, rules, own, target);
    const gift = { name, purpose, uploadedBy: actor.userId, objectId: target };
    const attached = await giveTo(tx, ctx.clock.now(), gift);
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
    .where('state', 'in', shown)
    .executeTakeFirstOrThrow(() => notFound('file'));
