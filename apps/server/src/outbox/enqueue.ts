import { sql } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';
import type { TaskName, TaskPayloads } from './payloads.ts';

/**
 * Puts a task into the outbox inside the caller's transaction: it exists exactly if the change that caused it does.
 * Delivered at least once; handlers are idempotent. `key` replaces a waiting task of the same key. Tasks of a lower
 * `priority` (0 if not given) are begun before all others.
 */
export async function enqueue<N extends TaskName>(
  tx: Tx | Db,
  name: N,
  payload: TaskPayloads[N],
  options: { key?: string; priority?: number } = {},
): Promise<void> {
  await sql`select graphile_worker.add_job(${name}, payload => ${JSON.stringify(payload)}::json,
    max_attempts => 25, job_key => ${options.key ?? null}, priority => ${options.priority ?? 0})`.execute(tx);
}
