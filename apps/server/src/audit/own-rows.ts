import { type RawBuilder, sql } from 'kysely';
import type { Comparison, Ours } from './compare.ts';
import type { Pass } from './pass.ts';

type Row = { key: string; subject: string; amount: number; currency: string; status: string };

/**
 * The two sides of our rows, of a query that answers Row: by key, and those of this pass that Stripe has not shown.
 * `recent` says which rows of a pass with a window must be looked at: what was made in it, and what is not final.
 */
export const oursBy = (
  rows: RawBuilder<unknown>,
  key: RawBuilder<unknown>,
  recent: (since: Date) => RawBuilder<unknown>,
  outcome: (status: string) => string,
): Pick<Comparison, 'ours' | 'unseen'> => {
  const present = (row: Row): Ours => ({
    key: row.key,
    subject: row.subject,
    state: `${row.amount} ${row.currency} ${outcome(row.status)}`.trim(),
    isRequired: true,
  });
  const select = async (pass: Pass, rest: RawBuilder<unknown>) =>
    (await sql<Row>`${rows} and ${rest}`.execute(pass.ctx.db)).rows.map(present);
  return {
    ours: (pass, keys) => select(pass, sql`${key} = any(${keys})`),
    unseen: (pass, after, limit) =>
      select(
        pass,
        sql`${key} > ${after} and ${pass.since === null ? sql`true` : recent(pass.since)}
          and not exists (select from audit_seen where audit_seen.key = ${key}) order by ${key} limit ${limit}`,
      ),
  };
};
