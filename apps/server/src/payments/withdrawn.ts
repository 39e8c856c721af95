import { sql } from 'kysely';
import { lockAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';

/**
 * Which released payments have reached the bank: payouts are not tied to single transfers at Stripe, so what was paid
 * out covers the released payments of that currency oldest first. Computed from the sums each time, so that a payout
 * that the bank returns later moves the last ones back to released. What was left to them with a closed account counts
 * as paid out; a debt that was given up was paid out too, but for nothing. What a bank's second
 * thoughts gave them is of no payment that counts here, and is withdrawn first. What has all gone back stays as it was: there
 * is nothing of it to withdraw. The caller holds the contractor's account lock.
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
      select (
        select coalesce(sum(amount_minor), 0) from payouts
        where contractor_id = ${contractorId} and currency = ${currency} and status = 'paid'
      ) + (
        select coalesce(sum(amount_minor), 0) from ledger_lines join ledger_entries on ledger_entries.id = entry_id
        where user_id = ${contractorId} and currency = ${currency} and account in ('contractor_balance', 'contractor_debt')
          and (cause like 'account-left:%' or cause like 'debt-forgiven:%')
      ) - (
        select coalesce(sum(regained_minor), 0) from chargebacks join payments on payments.id = payment_id
        where contractor_id = ${contractorId} and chargebacks.currency = ${currency}
      ) as total
    ), ordered as (
      select id, sum(contractor_minor) over (order by released_at, id) as needed
      from payments
      where contractor_id = ${contractorId} and currency = ${currency} and status in ('released', 'withdrawn')
        and refunded_minor < amount_minor
    )
    update payments set
      status = case when needed <= total then 'withdrawn' else 'released' end,
      withdrawn_at = case when needed <= total then ${now}::timestamptz end,
      updated_at = ${now}
    from ordered, paid
    where payments.id = ordered.id and (status = 'withdrawn') <> (needed <= total)`.execute(tx);
}

/** Outbox task: the same for a change that happened where payments are not known. */
export const reallocateWithdrawals = (
  ctx: Ctx,
  { userId, currency }: { userId: string; currency: string },
): Promise<void> =>
  inTransaction(ctx.db, async (tx) => {
    await lockAccount(tx, userId);
    await allocateWithdrawals(ctx, tx, userId, currency);
  });
