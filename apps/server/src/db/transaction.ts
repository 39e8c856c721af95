import type { Db, Tx } from './connect.ts';

// serialization_failure and deadlock_detected: PostgreSQL undid everything, running it again is safe.
const retryable = new Set(['40001', '40P01']);
const maximumAttempts = 4;

/**
 * Runs the work in one transaction and commits it, or undoes all of it.
 * No network call belongs in here: rows stay locked until it ends.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt >= maximumAttempts || !retryable.has(sqlState(error))) throw error;
    }
  }
}

/** The SQLSTATE of a PostgreSQL error, or an empty string. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the error is a breach of this unique constraint or index. */
export function breaksUnique(error: unknown, constraint: string): boolean {
  return sqlState(error) === '23505' && (error as { constraint?: string }).constraint === constraint;
}
