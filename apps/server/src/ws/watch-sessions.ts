import { closeCodes } from '@holdfast/contract';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Connection } from './connection.ts';

// A revoked session's sockets must be gone within five seconds, in every process.
const watchEveryMs = 3 * secondMs;

/** Closes the connections whose session was revoked or whose account may not be used any more. Returns how to stop. */
export function watchSessions(ctx: Ctx, connections: ReadonlySet<Connection>): () => void {
  const timer = setInterval(() => {
    closeEnded(ctx, connections).catch((error) =>
      ctx.log.warn({ err: error }, 'sessions not checked, next time'),
    );
  }, watchEveryMs);
  return () => clearInterval(timer);
}

async function closeEnded(ctx: Ctx, connections: ReadonlySet<Connection>): Promise<void> {
  const sessionIds = [...connections].flatMap((connection) => connection.actor?.sessionId ?? []);
  if (sessionIds.length === 0) return;
  const alive = await ctx.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select('sessions.id')
    .where((where) => where('sessions.id', '=', where.fn.any(where.val(sessionIds))))
    .where('sessions.revoked_at', 'is', null)
    .where('users.suspended_at', 'is', null)
    .where('users.deleted_at', 'is', null)
    .execute();
  const known = new Set(alive.map((session) => session.id));
  for (const connection of connections)
    if (connection.actor !== undefined && !known.has(connection.actor.sessionId))
      connection.close(closeCodes.sessionEnded, 'the session has ended');
}
