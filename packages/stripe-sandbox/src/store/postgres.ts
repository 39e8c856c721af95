import pg from 'pg';
import type { Kind, Stored } from './kinds.ts';
import { SchemaLock } from './schema-lock.ts';
import type { Store } from './store.ts';

type Row = { kind: Kind; id: string; account: string; seq: string; data: string; hidden: string };

// json, not jsonb: the text comes back as it was written, so a webhook's body stays the same byte for byte.
const createTable = (schema: string): string => `
  create schema if not exists ${schema};
  create table if not exists ${schema}.records (
    kind text not null,
    id text not null,
    account text not null,
    seq bigint not null,
    data json not null,
    hidden json not null,
    primary key (kind, id)
  );`;

// One statement, hence all or nothing without a second round trip.
const writeAll = (schema: string): string => `
  with gone as (
    delete from ${schema}.records r
    using unnest($7::text[], $8::text[]) as g(kind, id)
    where r.kind = g.kind and r.id = g.id
  )
  insert into ${schema}.records (kind, id, account, seq, data, hidden)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::json[], $6::json[])
  on conflict (kind, id) do update
    set account = excluded.account, data = excluded.data, hidden = excluded.hidden`;

function toRecord(row: Row): Stored {
  const record = {
    kind: row.kind,
    id: row.id,
    account: row.account,
    seq: Number(row.seq),
    data: JSON.parse(row.data),
    hidden: JSON.parse(row.hidden),
  };
  return record as Stored;
}

/** Keeps every record in a schema of its own, which it creates. Lives through restarts of PostgreSQL. */
export async function createPostgresStore(
  options: { connectionString: string; schema?: string },
  log: (line: string) => void,
): Promise<Store> {
  const name = options.schema ?? 'stripe_sandbox';
  const schema = pg.escapeIdentifier(name);
  const pool = new pg.Pool({ connectionString: options.connectionString, max: 2 });
  // Without a handler a lost idle connection would end the process; the pool opens another by itself.
  pool.on('error', (error) => log(`stripe sandbox: lost a database connection: ${error.message}`));
  const lock = new SchemaLock(options.connectionString, name, log);
  try {
    await pool.query(createTable(schema));
    await lock.acquire();
  } catch (error) {
    await lock.release();
    await pool.end();
    throw error;
  }
  const write = writeAll(schema);
  return {
    async load() {
      await lock.acquire();
      const result = await pool.query<Row>(
        `select kind, id, account, seq, data::text as data, hidden::text as hidden from ${schema}.records order by seq`,
      );
      return result.rows.map(toRecord);
    },
    async commit({ written, removed }) {
      lock.check();
      await pool.query({
        name: `write-${name}`.slice(0, 60),
        text: write,
        values: [
          written.map((record) => record.kind),
          written.map((record) => record.id),
          written.map((record) => record.account),
          written.map((record) => record.seq),
          written.map((record) => JSON.stringify(record.data)),
          written.map((record) => JSON.stringify(record.hidden)),
          removed.map((record) => record.kind),
          removed.map((record) => record.id),
        ],
      });
    },
    async clear() {
      await pool.query(`delete from ${schema}.records`);
    },
    async close() {
      await lock.release();
      await pool.end();
    },
  };
}
