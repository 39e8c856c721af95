import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';

/** What the ledger says of one contractor in one currency, minor units, all as positive numbers. */
export type ContractorFunds = {
  currency: Currency;
  /** Released and not yet withdrawn. */
  contractorBalanceMinor: number;
  /** Asked for and not yet arrived at the bank. */
  payoutPendingMinor: number;
};

export async function contractorFunds(db: Db | Tx, userId: string): Promise<ContractorFunds[]> {
  const { rows } = await sql<{ currency: Currency; balance: number; pending: number }>`
    select currency,
      coalesce(-sum(amount_minor) filter (where account = 'contractor_balance'), 0)::bigint as balance,
      coalesce(-sum(amount_minor) filter (where account = 'payout_pending'), 0)::bigint as pending
    from ledger_lines
    where user_id = ${userId} and account in ('contractor_balance', 'payout_pending')
    group by currency order by currency`.execute(db);
  return rows.map((row) => ({
    currency: row.currency,
    contractorBalanceMinor: row.balance,
    payoutPendingMinor: row.pending,
  }));
}
