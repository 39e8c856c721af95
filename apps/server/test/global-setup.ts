import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../src/db/migrate.ts';
import { startTemporaryPostgres } from '../src/local/temporary-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's `postgres` database, from which others are created. */
    postgresUrl: string;
    /** Name of the migrated database that createTestDatabase() clones. */
    template: string;
    /** How to clone it: copying files is twice as fast, unless each copy waits for the disk. */
    cloneStrategy: 'FILE_COPY' | 'WAL_LOG';
    /** Why the migrations failed, else empty. Only the tests that want a database fail by it. */
    templateError: string;
  }
}

/** One server for the whole run: the one TEST_DATABASE_URL names, or the embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env.TEST_DATABASE_URL;
  const server = external ? undefined : await startTemporaryPostgres('postgres');
  const postgresUrl = external ?? server!.url;
  const suffix = randomBytes(4).toString('hex');
  const template = `holdfast_template_${suffix}`;
  const scratch = `holdfast_scratch_${suffix}`;
  const drop = async () =>
    server ? server.stop() : runSql(postgresUrl, [template, scratch].map(dropDatabase));
  try {
    await runSql(postgresUrl, [template, scratch].map(createDatabase));
    project.provide('templateError', await migrateTemplate(withDatabase(postgresUrl, template)));
    // Open connections would stop clones; from now on nobody can make one, by mistake or otherwise.
    await runSql(postgresUrl, [`ALTER DATABASE ${escapeIdentifier(template)} ALLOW_CONNECTIONS false`]);
  } catch (error) {
    await drop();
    throw error;
  }
  project.provide('postgresUrl', postgresUrl);
  project.provide('template', template);
  project.provide('cloneStrategy', server ? 'FILE_COPY' : 'WAL_LOG');
  // Forked workers get a copy of this environment. For packages that know nothing of Holdfast.
  process.env.HOLDFAST_TEST_PG_URL = withDatabase(postgresUrl, scratch);
  return drop;
}

async function migrateTemplate(url: string): Promise<string> {
  try {
    await migrate(url);
    return '';
  } catch (error) {
    console.error('The migrations failed, so tests on a database cannot run:', error);
    return String(error);
  }
}

function createDatabase(name: string): string {
  return `CREATE DATABASE ${escapeIdentifier(name)}`;
}

function dropDatabase(name: string): string {
  return `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`;
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function runSql(connectionString: string, statements: string[]): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
