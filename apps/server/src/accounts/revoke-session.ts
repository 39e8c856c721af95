import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';

/** Ends one of the actor's own open sessions, the current one included. Throws not_found. */
export async function revokeSession(ctx: Ctx, actor: Actor, sessionId: string): Promise<void> {
  const now = ctx.clock.now();
  const revoked = await ctx.db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('id', '=', sessionId)
    .where('user_id', '=', actor.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (revoked.numUpdatedRows === 0n) throw notFound('session');
}

/** Ends the session that the request came with. */
export async function logout(ctx: Ctx, actor: Actor): Promise<void> {
  await ctx.db
    .updateTable('sessions')
    .set({ revoked_at: ctx.clock.now() })
    .where('id', '=', actor.sessionId)
    .where('revoked_at', 'is', null)
    .execute();
}
