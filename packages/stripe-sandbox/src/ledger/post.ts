import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { balanceObject } from './balance.ts';
import { fundRefundsSoon } from './waiting.ts';

export type Entry = {
  account: string;
  amount: number;
  fee?: number;
  /** What the fee is for, if not for a payment. */
  feeText?: string;
  currency: string;
  type: string;
  category: string;
  source: string;
  description: string | null;
  availableAtMs: number;
};

function feeDetails(fee: number, currency: string, description: string): JsonObject[] {
  if (fee === 0) return [];
  return [{ amount: fee, application: null, currency, description, type: 'stripe_fee' }];
}

function addTo(
  tx: Transaction,
  account: string,
  currency: string,
  part: 'available' | 'pending',
  net: number,
): void {
  const id = `${account}/${currency}`;
  if (tx.find('balance', id) === undefined) {
    tx.insert('balance', { id, account, data: { currency, available: 0, pending: 0 }, hidden: {} });
  }
  tx.edit('balance', id).data[part] += net;
}

/** Writes one line of an account's ledger and moves its balance with it. The only way a balance changes. */
export function postEntry(tx: Transaction, entry: Entry): Stored<'balance_transaction'> {
  const { account, amount, currency, fee = 0 } = entry;
  const pending = entry.availableAtMs > tx.nowMs;
  const id = newId('txn');
  const record = tx.insert('balance_transaction', {
    id,
    account,
    data: {
      id,
      object: 'balance_transaction',
      amount,
      available_on: Math.floor((pending ? entry.availableAtMs : tx.nowMs) / 1000),
      balance_type: 'payments',
      created: tx.now,
      currency,
      description: entry.description,
      exchange_rate: null,
      fee,
      fee_details: feeDetails(fee, currency, entry.feeText ?? 'Stripe processing fees'),
      net: amount - fee,
      reporting_category: entry.category,
      source: entry.source,
      status: pending ? 'pending' : 'available',
      type: entry.type,
    },
    hidden: {},
  });
  addTo(tx, account, currency, pending ? 'pending' : 'available', amount - fee);
  if (pending) schedule(tx, { name: 'settle', subject: id, account, dueMs: entry.availableAtMs });
  else if (record.data.net > 0) fundRefundsSoon(tx, account);
  return record;
}

/** Task: pending money becomes available. */
export function settle(tx: Transaction, id: string): void {
  const record = tx.edit('balance_transaction', id);
  if (record.data.status === 'available') return;
  record.data.status = 'available';
  const { currency, net } = record.data;
  addTo(tx, record.account, currency, 'pending', -net);
  addTo(tx, record.account, currency, 'available', net);
  // Stripe tells when money becomes available, never when it is taken.
  if (net <= 0) return;
  emit(tx, 'balance.available', balanceObject(tx, record.account), record.account);
  fundRefundsSoon(tx, record.account);
}
