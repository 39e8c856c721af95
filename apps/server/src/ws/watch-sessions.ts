import { closeCodes } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Connection } from './connection.ts';

/**
 * Closes the connections whose session has ended or whose account may not be used any more, in whichever process it
 * was ended. Returns how to stop.
 */
export function watchSessions(ctx: Ctx, connections: ReadonlySet<Connection>, everyMs: number): () => void {
  let isRunning = false;
  const timer = setInterval(async () => {
    if (isRunning) return;
    isRunning = true;
    await closeEnded(ctx, connections).catch((error) =>
      ctx.log.warn({ err: error }, 'sessions not checked, next time'),
    );
    isRunning = false;
  }, everyMs);
  return () => clearInterval(timer);
}

async function closeEnded(ctx: Ctx, connections: ReadonlySet<Connection>): Promise<void> {
  const asked = [...connections].flatMap((connection) => connection.actor?.sessionId ?? []);
  if (asked.length === 0) return;
  const alive = await ctx.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('sessions.id')
    .where((where) => where('sessions.id', '=', where.fn.any(where.val(asked))))
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', ctx.clock.now())
    .where('users.suspended_at', 'is', null)
    .where('users.deleted_at', 'is', null)
    .execute();
  const ended = new Set(asked);
  for (const session of alive) ended.delete(session.id);
  // Who authenticated while the query ran was not asked about, and is looked at next time.
  for (const connection of connections)
    if (connection.actor !== undefined && ended.has(connection.actor.sessionId))
      connection.close(closeCodes.sessionEnded, 'the session has ended');
}
