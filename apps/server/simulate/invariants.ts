import { ledgerChecks } from '../src/audit/ledger-checks.ts';
import type { Ctx } from '../src/context.ts';
import type { Sequence } from './action.ts';
import { audited } from './audited.ts';
import { conservation } from './conservation.ts';
import { promises } from './promises.ts';
import { reconciled } from './reconciling.ts';

/** Checks everything that must hold at rest. Answers what there was to check, for the trace; throws what is wrong. */
export async function checkInvariants(sequence: Sequence): Promise<string[]> {
  const findings = await audited(sequence);
  findings.push(
    ...(await conservation(sequence)),
    ...(await promises(sequence)),
    ...(await reconciled(sequence)),
  );
  if (findings.length > 0) throw new Error(`at rest these do not hold:\n  ${findings.join('\n  ')}`);
  return summary(sequence);
}

/** What holds at any moment, whatever is under way. */
export async function checkLedger(ctx: Ctx): Promise<void> {
  for (const check of ledgerChecks) {
    const [finding] = await check.run(ctx);
    if (finding !== undefined)
      throw new Error(
        `in the middle this does not hold: ${check.name}: ${finding.subject}: ${finding.detail}`,
      );
  }
}

async function summary({ world }: Sequence): Promise<string[]> {
  const { rows } = await world.outside.query<{ line: string }>(`
    select concat_ws(' ', 'payments', status, currency, count(*), sum(amount_minor)) as line from payments group by status, currency
    union all select concat_ws(' ', 'payouts', status, currency, count(*), sum(amount_minor)) from payouts group by status, currency
    union all select concat_ws(' ', 'bookings', state, count(*)) from bookings group by state
    union all select concat_ws(' ', 'reconciliations', count(*)) from reconciliations where started_at is not null order by 1`);
  return rows.map((row) => row.line);
}
