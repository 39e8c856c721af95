import type { Tx } from '../db/connect.ts';
import type { LedgerAccount } from '../db/tables/ledger.ts';
import { newId } from '../ids.ts';

export type LedgerLine = {
  account: LedgerAccount;
  userId?: string;
  paymentId?: string;
  /** Minor units of the entry's currency; exactly one of the two, positive. Zero lines are left out. */
  debitMinor?: number;
  creditMinor?: number;
};

export type LedgerEntry = {
  /** What happened, once in the life of its subject: 'capture:pay_…'. A second entry of one cause is refused. */
  cause: string;
  paymentId?: string;
  payoutId?: string;
  currency: string;
  lines: LedgerLine[];
};

/**
 * Books one entry in the transaction of the change that it describes. The database refuses entries that do not
 * balance, and causes that were booked before.
 */
export async function post(tx: Tx, at: Date, entry: LedgerEntry): Promise<void> {
  const entryId = newId('led');
  await tx
    .insertInto('ledger_entries')
    .values({
      id: entryId,
      cause: entry.cause,
      payment_id: entry.paymentId ?? null,
      payout_id: entry.payoutId ?? null,
      created_at: at,
    })
    .execute();
  const lines = entry.lines
    .map((line) => ({ ...line, amountMinor: (line.debitMinor ?? 0) - (line.creditMinor ?? 0) }))
    .filter((line) => line.amountMinor !== 0);
  if (lines.length === 0) return;
  await tx
    .insertInto('ledger_lines')
    .values(
      lines.map((line, position) => ({
        entry_id: entryId,
        position,
        account: line.account,
        user_id: line.userId ?? null,
        payment_id: line.paymentId ?? null,
        currency: entry.currency,
        amount_minor: line.amountMinor,
      })),
    )
    .execute();
}
