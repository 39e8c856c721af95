import { sql } from 'kysely';
import { adminLogChecks } from '../src/audit/admin-log-checks.ts';
import type { Finding } from '../src/audit/findings.ts';
import { ledgerChecks } from '../src/audit/ledger-checks.ts';
import type { Pass } from '../src/audit/pass.ts';
import { stripeChecks } from '../src/audit/stripe-checks.ts';
import type { Ctx } from '../src/context.ts';
import type { Sequence } from './action.ts';
import { rowsOf } from './look.ts';

/**
 * Every check of `npm run audit`, at rest: nothing moves, so nothing is looked at twice, and a connection that is warm
 * does as well as one of its own, which costs as much as all the checks.
 */
export async function audited(sequence: Sequence): Promise<string[]> {
  const { ctx } = sequence.world.life;
  const left = await rowsOf<{ account: string }>(
    sequence,
    'select stripe_account_id as account from connected_accounts where closed_at is not null',
  );
  // What lies on a closed account that was not replaced is told every time, and is right.
  const isKnown = ({ subject, detail }: Finding) =>
    detail.startsWith('could not be read: closed') && left.some(({ account }) => account === subject);
  return ctx.db.connection().execute(async (db) => {
    await sql`create temporary table if not exists audit_seen (key text primary key)`.execute(db);
    return findingsOf({ ...ctx, db }, isKnown);
  });
}

async function findingsOf(ctx: Ctx, isKnown: (finding: Finding) => boolean): Promise<string[]> {
  const lines: string[] = [];
  const note = (name: string, findings: Finding[]) => {
    for (const one of findings) if (!isKnown(one)) lines.push(`${name}: ${one.subject}: ${one.detail}`);
  };
  for (const { name, run } of [...ledgerChecks, ...adminLogChecks]) note(name, await run(ctx));
  const pass: Pass = { ctx, since: null, unreadable: new Set(), notRead: [], retryDelaysMs: [] };
  for (const { name, run } of stripeChecks)
    note(
      name,
      (await run(pass)).map(({ finding }) => finding),
    );
  return lines;
}
