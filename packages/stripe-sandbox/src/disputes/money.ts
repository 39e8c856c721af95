import type { JsonObject } from '../json.ts';
import { postEntry } from '../ledger/post.ts';
import { settlesAtMs } from '../ledger/timing.ts';
import { exponentOf } from '../money/currencies.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

/** (choice) Fifteen major units, whatever the currency. */
export function disputeFee(currency: string): number {
  return 15 * 10 ** exponentOf(currency);
}

function post(tx: Transaction, dispute: Stored<'dispute'>, amount: number, fee: number, text: string): void {
  const { data } = dispute;
  const charge = tx.get('charge', data.charge).data;
  const entry = postEntry(tx, {
    account: dispute.account,
    amount,
    fee,
    feeText: 'Dispute fee',
    currency: data.currency,
    type: 'adjustment',
    category: amount < 0 ? 'dispute' : 'dispute_reversal',
    source: dispute.id,
    description: text,
    availableAtMs: settlesAtMs(tx, charge.balance_transaction),
  });
  data.balance_transactions.push(structuredClone(entry.data) as JsonObject);
}

/** Takes the disputed amount and the fee from the balance. The dispute must be open for editing. */
export function withdrawFunds(tx: Transaction, dispute: Stored<'dispute'>): void {
  const { amount, charge, currency } = dispute.data;
  post(tx, dispute, -amount, disputeFee(currency), `Chargeback withdrawal for ${charge}`);
}

/** What the bank has by this dispute now. */
export const withBank = ({ data }: Stored<'dispute'>): number =>
  -data.balance_transactions.reduce((sum, line) => sum + Number(line.amount), 0);

/** (choice) What was withdrawn comes back, and with the last of it the fee. */
export function reinstateFunds(
  tx: Transaction,
  dispute: Stored<'dispute'>,
  amount = dispute.data.amount,
): void {
  const { charge, currency } = dispute.data;
  const fee = amount === withBank(dispute) ? -disputeFee(currency) : 0;
  post(tx, dispute, amount, fee, `Chargeback reversal for ${charge}`);
}

/** A line of the ledger has settled: the dispute it belongs to shows it as it is now. */
export function showSettled(tx: Transaction, entryId: string): void {
  const entry = tx.get('balance_transaction', entryId).data;
  const source = String(entry.source);
  if (!source.startsWith('du_') || tx.find('dispute', source) === undefined) return;
  const dispute = tx.edit('dispute', source).data;
  dispute.balance_transactions = dispute.balance_transactions.map((line) =>
    line.id === entryId ? (structuredClone(entry) as JsonObject) : line,
  );
}
