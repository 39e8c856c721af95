import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { inject } from 'vitest';

export type TestDatabase = {
  url: string;
  /** Ends all connections to it. */
  drop(): Promise<void>;
};

/** A migrated database of its own, cloned from the template of this run. Any number at once, in any worker. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (inject('templateError')) throw new Error(inject('templateError'));
  const postgresUrl = inject('postgresUrl');
  const name = `holdfast_test_${randomBytes(8).toString('hex')}`;
  const template = escapeIdentifier(inject('template'));
  await runSql(
    postgresUrl,
    `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${template} STRATEGY ${inject('cloneStrategy')}`,
  );
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => runSql(postgresUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`),
  };
}

async function runSql(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
