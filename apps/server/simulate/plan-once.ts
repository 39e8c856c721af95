import type { PoolClient } from 'pg';

type Statement = { text: string; name?: string };

// The same text has the same name on every connection.
const names = new Map<string, string>();

/**
 * Has every statement parsed and planned once per connection instead of each time: with tables of a few rows that was
 * half of what PostgreSQL did for a simulation. What a statement does and locks is the same.
 */
export function planOnce(client: PoolClient): void {
  const query = client.query.bind(client) as (first: unknown, ...rest: unknown[]) => unknown;
  const named = (first: string | Statement, ...rest: unknown[]) =>
    query(withName(typeof first === 'string' ? { text: first } : first), ...rest);
  client.query = named as typeof client.query;
}

/** Several statements in one text cannot be prepared, and of those that end or begin something nothing is planned. */
function withName(statement: Statement): Statement {
  const { text } = statement;
  const isOne = !text.includes(';') && /^\s*(select|insert|update|delete|with)\b/i.test(text);
  if (!isOne || statement.name !== undefined) return statement;
  const name = names.get(text) ?? `s${names.size}`;
  names.set(text, name);
  return { ...statement, name };
}
