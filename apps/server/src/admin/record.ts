import { sql } from 'kysely';
import type { Tx } from '../db/connect.ts';
import type { Details } from '../db/tables/admin.ts';
import { newId } from '../ids.ts';
import { hashLine, noHash, plainDetails } from './chain.ts';

export type RecordedAction = {
  /** null for a command run on the server itself. */
  adminId: string | null;
  /** What was done, as 'user.suspend'. */
  action: string;
  /** Id of what it was done to. */
  subject: string;
  /** Amounts, ids and reasons; no names, addresses or secrets: this can never be deleted. */
  details?: Details;
};

// Any constant will do, so long as every process of every version uses the same one.
const logLock = 4_127_003;

/**
 * Adds a line to the audit log, in the transaction of the action itself: neither is there without the other. Call it
 * last: from here to the commit every other admin action waits.
 */
export async function recordAdminAction(tx: Tx, at: Date, recorded: RecordedAction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${logLock})`.execute(tx);
  const last = await tx
    .selectFrom('admin_actions')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const previousHash = last?.hash ?? noHash;
  const line = {
    seq: (last?.seq ?? 0) + 1,
    id: newId('act'),
    admin_id: recorded.adminId,
    action: recorded.action,
    subject: recorded.subject,
    details: plainDetails(recorded.details ?? {}),
    created_at: at,
  };
  await tx
    .insertInto('admin_actions')
    .values({
      ...line,
      details: JSON.stringify(line.details),
      previous_hash: previousHash,
      hash: hashLine(line, previousHash),
    })
    .execute();
}
