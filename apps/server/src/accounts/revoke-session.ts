import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { forgetEndedDevices } from '../notifications/notifications.ts';

/** Ends one of the actor's own open sessions, the current one included. Throws not_found. */
export async function revokeSession(ctx: Ctx, actor: Actor, sessionId: string): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const revoked = await tx
      .updateTable('sessions')
      .set({ revoked_at: now })
      .where('id', '=', sessionId)
      .where('user_id', '=', actor.userId)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst();
    if (revoked.numUpdatedRows === 0n) throw notFound('session');
    await forgetEndedDevices(tx, actor.userId);
  });
}

/** Ends the session that the request came with; its devices are sent nothing any more. */
export async function logout(ctx: Ctx, actor: Actor): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    await tx
      .updateTable('sessions')
      .set({ revoked_at: ctx.clock.now() })
      .where('id', '=', actor.sessionId)
      .where('revoked_at', 'is', null)
      .execute();
    await forgetEndedDevices(tx, actor.userId);
  });
}
