import type { Sequence } from './action.ts';
import { rowsOf } from './look.ts';

/*
 * The hourly reconciliation reads everything at Stripe and looks again in real time at what differs: where time jumps
 * by days it would be most of what a sequence does. So it comes by the clock in a few sequences only.
 */

/** From now on none comes due by the clock, until one is asked for. */
export async function neverReconcile({ world }: Sequence): Promise<void> {
  await world.outside.query(
    "insert into reconciliations (id, requested_at, finished_at) values ('rec_later', '2100-01-01', '2100-01-01')",
  );
}

export async function reconcileByClock({ world }: Sequence): Promise<void> {
  await world.outside.query("delete from reconciliations where id = 'rec_later'");
}

/** What the last one said, once it has had the time to confirm: at rest it finds what the audit finds, nothing. */
export async function reconciled(sequence: Sequence): Promise<string[]> {
  // Money on a closed account that was not replaced is told every time, and is right.
  const rows = await rowsOf<{ id: string; isComplete: boolean; findings: number; said: string }>(
    sequence,
    `select id, is_complete as "isComplete", (select count(*)::int from jsonb_array_elements(differences) as one
        where (one->>'isFinding')::boolean and not exists (select from connected_accounts
          where closed_at is not null and stripe_account_id = one->>'subject')) as findings, differences::text as said
    from reconciliations where started_at is not null order by requested_at desc, id desc limit 1`,
  );
  return rows
    .filter((one) => !one.isComplete || one.findings > 0)
    .map((one) => `the reconciliation ${one.id} found: ${one.said}`);
}
