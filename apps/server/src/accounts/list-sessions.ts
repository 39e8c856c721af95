import type { accounts, InputOf, Page, Session } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentSession } from './present.ts';

/** The actor's open sessions, newest first. */
export async function listSessions(
  ctx: Ctx,
  actor: Actor,
  query: InputOf<typeof accounts.listSessions>['query'],
): Promise<Page<Session>> {
  const limit = query.limit ?? defaultPageSize;
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, ['date', 'string']);
  const rows = await ctx.db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', actor.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', ctx.clock.now())
    .$if(after !== undefined, (page) =>
      page.where(sql<boolean>`(created_at, id) < (${after?.[0]}::timestamptz, ${after?.[1]}::text)`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return pageFrom(
    rows,
    limit,
    (row) => presentSession(row, actor.sessionId),
    (row) => [row.created_at.toISOString(), row.id],
  );
}
