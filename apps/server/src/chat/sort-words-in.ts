import { sql } from 'kysely';
import type { Ctx } from '../context.ts';

/** Sweep: sorts the words of new messages into the index of the search, which otherwise a message would have to wait for. */
export async function sortWordsIn(ctx: Ctx): Promise<void> {
  await sql`select gin_clean_pending_list('messages_words')`.execute(ctx.db);
}
