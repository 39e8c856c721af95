import pg from 'pg';
import { migrate } from '../src/db/migrate.ts';
import { planOnce } from './plan-once.ts';

const connections = 24;

export type SimulationDatabase = {
  /** For what opens connections of its own. */
  url: string;
  /** What the lives of the server share. */
  pool: pg.Pool;
  /** Not seen by the server and not cut by its death: for looking from the outside. */
  outside: pg.Pool;
  /** Forgets everything but the schema. */
  empty(): Promise<void>;
  close(): Promise<void>;
};

/** Opens a migrated database that belongs to the simulation alone. */
export async function openDatabase(
  url: string,
  options: { isMigrated: boolean },
): Promise<SimulationDatabase> {
  if (!options.isMigrated) await migrate(url);
  const pool = await warmPool(url, connections);
  const outside = await warmPool(url, 2);
  const { rows } = await outside.query<{ name: string }>(`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like '%migration%' order by 1`);
  const emptying = [
    'begin',
    // The ledger's triggers keep everybody from deleting; that is what this does here.
    'set local session_replication_role = replica',
    ...rows.map(({ name }) => `delete from ${name}`),
    'delete from graphile_worker._private_jobs',
    'commit',
  ].join(';\n');
  return {
    url,
    pool,
    outside,
    empty: async () => {
      await outside.query(emptying);
    },
    close: async () => {
      await endWithConnections(pool);
      await endWithConnections(outside);
    },
  };
}

/** All connections are opened now: opening one draws random numbers, and must not do so in the middle of a run. */
async function warmPool(url: string, size: number): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: url,
    min: size,
    max: size,
    idleTimeoutMillis: 0,
    options: '-c timezone=UTC -c synchronous_commit=off -c plan_cache_mode=force_generic_plan',
  });
  pool.on('connect', planOnce);
  const clients = await Promise.all(Array.from({ length: size }, () => pool.connect()));
  for (const client of clients) client.release();
  return pool;
}

/** pool.end() does not wait for its connections; a database dropped meanwhile breaks them, and nobody listens. */
async function endWithConnections(pool: pg.Pool): Promise<void> {
  let open = pool.totalCount;
  const closed = new Promise<void>((resolve) => {
    if (open === 0) resolve();
    pool.on('remove', () => {
      open -= 1;
      if (open === 0) resolve();
    });
  });
  await pool.end();
  await closed;
}
