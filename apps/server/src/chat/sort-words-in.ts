import { sql } from 'kysely';
import type { Ctx } from '../context.ts';

// Any constant will do, so long as every process of every version uses the same one.
const sortingLock = 4_127_012;

/**
 * Sweep: sorts the words of new messages into the index of the search, which otherwise a message would have to wait for.
 * One process at a time: of several, the others have nothing left to do.
 */
export async function sortWordsIn(ctx: Ctx): Promise<void> {
  await sql`select case when pg_try_advisory_xact_lock(${sortingLock})
    then gin_clean_pending_list('messages_words') end`.execute(ctx.db);
}
