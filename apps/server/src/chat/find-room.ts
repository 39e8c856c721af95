import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { newId } from '../ids.ts';
import type { Members } from './members.ts';

/** The room of the two, if there is one. */
export const findRoom = (
  tx: Tx,
  { customerId, contractorId }: Members,
): Promise<{ id: string } | undefined> =>
  tx
    .selectFrom('rooms')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('contractor_id', '=', contractorId)
    .executeTakeFirst();

/** The room of the two, made if there is none; of two who make it at once both get the same one. */
export async function findOrMakeRoom(
  ctx: Ctx,
  tx: Tx,
  pair: Members,
): Promise<{ id: string; isNew: boolean }> {
  const known = await findRoom(tx, pair);
  if (known !== undefined) return { id: known.id, isNew: false };
  const now = ctx.clock.now();
  const made = await tx
    .insertInto('rooms')
    .values({
      id: newId('rom'),
      customer_id: pair.customerId,
      contractor_id: pair.contractorId,
      last_message_at: now,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['customer_id', 'contractor_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  // The other one was faster.
  if (made === undefined) return { id: (await findRoom(tx, pair))!.id, isNew: false };
  await tx
    .insertInto('room_members')
    .values([pair.customerId, pair.contractorId].map((userId) => ({ room_id: made.id, user_id: userId })))
    .execute();
  return { id: made.id, isNew: true };
}
