import type { Transaction } from '../store/transaction.ts';

/** When money that belongs to an earlier line of the ledger moves: with that line, or now if it is settled. */
export function settlesAtMs(tx: Transaction, entryId: unknown): number {
  const entry = tx.find('balance_transaction', String(entryId ?? ''))?.data;
  return entry === undefined || entry.status === 'available' ? tx.nowMs : entry.available_on * 1000;
}
