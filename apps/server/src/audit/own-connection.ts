import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { connectPool, kyselyOn } from '../db/connect.ts';

const statementTimeout = '10min';

/**
 * Runs the work on a connection of its own, which ends with it. There it may scan whole tables, keeps what Stripe has
 * shown in a temporary table instead of in memory, and nobody who uses the pool has to wait.
 */
export async function onOwnConnection<T>(ctx: Ctx, work: (own: Ctx) => Promise<T>): Promise<T> {
  const pool = connectPool(ctx.config.databaseUrl, ctx.log, 1);
  try {
    return await kyselyOn(pool)
      .connection()
      .execute(async (db) => {
        await sql`select set_config('statement_timeout', ${statementTimeout}, false)`.execute(db);
        await sql`create temporary table audit_seen (key text primary key)`.execute(db);
        return work({ ...ctx, db });
      });
  } finally {
    await pool.end();
  }
}

// Any constant will do, so long as every process of every version uses the same one.
const reconciliationLock = 4_127_011;

// PostgreSQL gives up the lock of a process that was killed once it notices, mostly within a second.
const lockPatienceMs = 5_000;

/** Runs the work when no other process runs such work. Throws if one goes on for longer: the outbox tries again. */
export async function alone(ctx: Ctx, work: () => Promise<void>, patienceMs = lockPatienceMs): Promise<void> {
  await onOwnConnection(ctx, async ({ db }) => {
    await sql`select set_config('lock_timeout', ${`${patienceMs}ms`}, false)`.execute(db);
    await sql`select pg_advisory_lock(${reconciliationLock})`.execute(db);
    // The lock ends with the connection.
    await work();
  });
}
