import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrate } from './migrate.ts';

const name = `holdfast_empty_${randomBytes(6).toString('hex')}`;
const files = readdirSync(new URL('../../migrations/', import.meta.url)).filter((file) =>
  file.endsWith('.sql'),
);
const address = new URL(inject('postgresUrl'));
address.pathname = `/${name}`;

beforeAll(() => run(inject('postgresUrl'), `create database ${name}`));
afterAll(() => run(inject('postgresUrl'), `drop database if exists ${name} with (force)`));

async function run(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows;
}

test('several processes that start at once on an empty database apply each migration once', async () => {
  await Promise.all(Array.from({ length: 4 }, () => migrate(address.href)));
  const applied = await run(address.href, 'select name from migrations order by name');
  expect(applied.map((row) => row.name)).toEqual(files.sort());
  await migrate(address.href);
  expect(await run(address.href, 'select name from migrations')).toHaveLength(files.length);
});

test('a file that was changed after it had been applied stops the start', async () => {
  await run(address.href, `update migrations set sha256 = 'other' where name = '${files[0]}'`);
  await expect(migrate(address.href)).rejects.toThrow(`migration ${files[0]} was changed`);
});
