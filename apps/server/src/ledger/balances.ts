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
  /** What they have to give back: taken off what they can withdraw and off later releases. */
  debtMinor: number;
};

export async function contractorFunds(db: Db | Tx, userId: string): Promise<ContractorFunds[]> {
  const { rows } = await sql<{ currency: Currency; balance: number; pending: number; debt: number }>`
    select currency,
      coalesce(-sum(amount_minor) filter (where account = 'contractor_balance'), 0)::bigint as balance,
      coalesce(-sum(amount_minor) filter (where account = 'payout_pending'), 0)::bigint as pending,
      coalesce(sum(amount_minor) filter (where account = 'contractor_debt'), 0)::bigint as debt
    from ledger_lines
    where user_id = ${userId} and account in ('contractor_balance', 'payout_pending', 'contractor_debt')
    group by currency order by currency`.execute(db);
  return rows.map((row) => ({
    currency: row.currency,
    contractorBalanceMinor: row.balance,
    payoutPendingMinor: row.pending,
    debtMinor: row.debt,
  }));
}

/** The same in one currency; undefined if the ledger knows nothing of theirs in it. */
export async function contractorFundsIn(
  db: Db | Tx,
  userId: string,
  currency: Currency,
): Promise<ContractorFunds | undefined> {
  return (await contractorFunds(db, userId)).find((funds) => funds.currency === currency);
}
