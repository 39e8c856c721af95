import { sql } from 'kysely';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { ReconciliationRow } from '../db/tables/reconciliation.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../outbox/enqueue.ts';

const everyMs = hourMs;
// One that has not finished by then never will: its task has given up.
const givenUpAfterMs = 3 * hourMs;
// Any constant will do, so long as every process of every version uses the same one.
const startLock = 4_127_010;

/** Sweep: begins the hourly reconciliation, in one process of all. The outbox does it, so that no other sweep waits. */
export async function claimReconciliation(ctx: Ctx): Promise<void> {
  if (!(await isDue(ctx, ctx.db))) return;
  await inTransaction(ctx.db, async (tx) => {
    await lockStarts(tx);
    // Another process may have been faster between the look and the lock.
    if ((await isDue(ctx, tx)) && (await underWay(ctx, tx)) === undefined) await begin(ctx, tx, null);
  });
}

/** Begins one now, for the admin who asks; answers the one that is under way if there is one. */
export async function startReconciliation(ctx: Ctx, tx: Tx, adminId: string): Promise<ReconciliationRow> {
  await lockStarts(tx);
  return (await underWay(ctx, tx)) ?? begin(ctx, tx, adminId);
}

const lockStarts = (tx: Tx) => sql`select pg_advisory_xact_lock(${startLock})`.execute(tx);

/** Before the first call to Stripe there is nothing that could differ. */
async function isDue(ctx: Ctx, db: Db | Tx): Promise<boolean> {
  const { rows } = await sql<{ is_due: boolean }>`
    select exists (select from stripe_calls) and not exists (
      select from reconciliations where requested_at > ${addMs(ctx.clock.now(), -everyMs)}) as is_due`.execute(
    db,
  );
  return rows[0]!.is_due;
}

const underWay = (ctx: Ctx, tx: Tx): Promise<ReconciliationRow | undefined> =>
  tx
    .selectFrom('reconciliations')
    .selectAll()
    .where('finished_at', 'is', null)
    .where('requested_at', '>', addMs(ctx.clock.now(), -givenUpAfterMs))
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst();

async function begin(ctx: Ctx, tx: Tx, adminId: string | null): Promise<ReconciliationRow> {
  const row = await tx
    .insertInto('reconciliations')
    .values({ id: newId('rec'), requested_by: adminId, requested_at: ctx.clock.now() })
    .returningAll()
    .executeTakeFirstOrThrow();
  await enqueue(tx, 'audit.reconcile', { reconciliationId: row.id }, { key: `reconcile:${row.id}` });
  return row;
}
