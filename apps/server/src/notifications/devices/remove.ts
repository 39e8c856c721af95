import type { Ctx } from '../../context.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';

/** Sends nothing to one of the actor's devices any more. Throws not_found. */
export async function removeDevice(ctx: Ctx, actor: Actor, deviceId: string): Promise<void> {
  const removed = await ctx.db
    .deleteFrom('devices')
    .where('id', '=', deviceId)
    .where('user_id', '=', actor.userId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound('device');
}

/** Drops the devices of an account's ended sessions; in the transaction that ended them. */
export async function forgetEndedDevices(tx: Tx | Db, userId: string): Promise<void> {
  await tx
    .deleteFrom('devices')
    .using('sessions')
    .whereRef('sessions.id', '=', 'devices.session_id')
    .where('devices.user_id', '=', userId)
    .where('sessions.revoked_at', 'is not', null)
    .execute();
}
