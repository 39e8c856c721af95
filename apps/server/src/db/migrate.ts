import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Logger, runMigrations as migrateOutbox } from 'graphile-worker';
import pg from 'pg';

const folder = new URL('../../migrations/', import.meta.url);
// Any constant will do, so long as every process of every version uses the same one.
const migrationLock = 4_127_001;

/**
 * Applies the migrations that this database has not seen, each in its own transaction, under a lock
 * that several starting processes may wait for. A changed file that was already applied is an error.
 */
export async function migrate(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'holdfast migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await migrateOutbox({ connectionString, logger: new Logger(() => () => {}) });
    await client.query(
      'create table if not exists migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const applied = await client.query<{ name: string; sha256: string }>(
      'select name, sha256 from migrations',
    );
    const known = new Map(applied.rows.map((row) => [row.name, row.sha256]));
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort())
      await applyOnce(client, name, known.get(name));
  } finally {
    await client.end();
  }
}

async function applyOnce(client: pg.Client, name: string, knownHash: string | undefined): Promise<void> {
  const sql = await readFile(new URL(name, folder), 'utf8');
  const sha256 = createHash('sha256').update(sql).digest('hex');
  if (knownHash === sha256) return;
  if (knownHash !== undefined)
    throw new Error(`migration ${name} was changed after it had been applied; add a new file instead`);
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migrations (name, sha256) values ($1, $2)', [name, sha256]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
