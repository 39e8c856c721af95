import { findAccount, lockAccount } from '../connect/connect.ts';
import type { Tx } from '../db/connect.ts';
import type { PayoutRow } from '../db/tables/payments.ts';

/** The payout with its contractor's account, both locked: account first, the order in which withdrawals lock too. */
export async function lockPayout(tx: Tx, payoutId: string): Promise<PayoutRow> {
  const { contractor_id } = await tx
    .selectFrom('payouts')
    .select('contractor_id')
    .where('id', '=', payoutId)
    .executeTakeFirstOrThrow();
  await lockAccount(tx, contractor_id);
  return tx
    .selectFrom('payouts')
    .selectAll()
    .where('id', '=', payoutId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Whether the contractor still has the account that this payout was made at. The caller holds the lock. */
export async function isAtCurrentAccount(tx: Tx, payout: PayoutRow): Promise<boolean> {
  const account = await findAccount(tx, payout.contractor_id);
  return account?.stripe_account_id === payout.paid_from;
}
