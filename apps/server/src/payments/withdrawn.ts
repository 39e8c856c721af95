import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';

/**
 * Which released payments have reached the bank: payouts are not tied to single transfers at Stripe, so what was paid
 * out covers the released payments of that currency oldest first. Computed from the sums each time, so that a payout
 * that the bank returns later moves the last ones back to released. The caller holds the contractor's account lock.
 */
export async function allocateWithdrawals(
  ctx: Ctx,
  tx: Tx,
  contractorId: string,
  currency: string,
): Promise<void> {
  const now = ctx.clock.now();
  await sql`
    with paid as (
      select coalesce(sum(amount_minor), 0) as total from payouts
      where contractor_id = ${contractorId} and currency = ${currency} and status = 'paid'
    ), ordered as (
      select id, sum(contractor_minor) over (order by released_at, id) as needed
      from payments
      where contractor_id = ${contractorId} and currency = ${currency} and status in ('released', 'withdrawn')
    )
    update payments set
      status = case when needed <= total then 'withdrawn' else 'released' end,
      withdrawn_at = case when needed <= total then ${now}::timestamptz end,
      updated_at = ${now}
    from ordered, paid
    where payments.id = ordered.id and (status = 'withdrawn') <> (needed <= total)`.execute(tx);
}
