import type { accounts, InputOf, Page, Session } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentSession } from './present.ts';

/** The actor's open sessions, newest first. */
export async function listSessions(
  ctx: Ctx,
  actor: Actor,
  query: InputOf<typeof accounts.listSessions>['query'],
): Promise<Page<Session>> {
  const open = ctx.db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', actor.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', ctx.clock.now());
  const page = await newestFirst(open, 'sessions.created_at', query);
  return {
    items: page.items.map((row) => presentSession(row, actor.sessionId)),
    nextCursor: page.nextCursor,
  };
}
