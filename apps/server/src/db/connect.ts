import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

// bigint columns hold minor units and counters, all far below 2^53; anything larger is a bug that must be loud.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`);
  return value;
});

/** A pool that outlives a restart of PostgreSQL: broken idle connections are logged and replaced. */
export function connectPool(databaseUrl: string, log: Logger, connections = 20, settings = ''): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'holdfast',
    options: `-c timezone=UTC ${settings}`,
  });
  const noteBroken = (error: Error) => log.warn({ err: error }, 'a database connection broke');
  pool.on('error', noteBroken);
  pool.on('connect', (client) => client.on('error', noteBroken));
  return pool;
}

/**
 * For the few statements that run all the time, by name. PostgreSQL would plan one with lists in it anew each time, since
 * it thinks that it knows better with the values: that takes longer than running it.
 */
export const connectHotPool = (databaseUrl: string, log: Logger): pg.Pool =>
  connectPool(databaseUrl, log, 2, '-c plan_cache_mode=force_generic_plan');

export const kyselyOn = (pool: pg.Pool): Db => new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
