import { sql } from 'kysely';
import type { Db, Tx } from '../../db/connect.ts';

/** Those of these addresses that have no mailbox, as far as we know. */
export async function bouncedAmong(db: Db | Tx, emails: readonly string[]): Promise<Set<string>> {
  if (emails.length === 0) return new Set();
  const rows = await db
    .selectFrom('mail_bounces')
    .select('email')
    .where('email', 'in', [...new Set(emails)])
    .execute();
  return new Set(rows.map((row) => row.email));
}

/** Remembers that there is no such mailbox; only for addresses of accounts, of others nothing is kept. */
export async function recordBounce(db: Db | Tx, now: Date, email: string, reason: string): Promise<void> {
  await sql`insert into mail_bounces (email, at, reason)
    select ${email}, ${now}, ${reason.slice(0, 40)}
    where exists (select from users where email = ${email})
    on conflict (email) do update set at = excluded.at, reason = excluded.reason`.execute(db);
}

/** The address takes mail again, or belongs to nobody here any more. */
export async function forgetBounce(db: Db | Tx, email: string): Promise<void> {
  await db.deleteFrom('mail_bounces').where('email', '=', email).execute();
}
