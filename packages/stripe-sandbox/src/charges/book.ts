import { emit } from '../events/emit.ts';
import { postEntry } from '../ledger/post.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

const settlementMs = 2 * 24 * 60 * 60 * 1000;

/** (choice) 2.9 % and 30 minor units, whatever the currency. */
export function feeOf(amount: number): number {
  return Math.round((amount * 29) / 1000) + 30;
}

/** Writes a captured charge into the ledger. Does nothing when that is done already. */
export function bookCharge(tx: Transaction, id: string): Stored<'charge'> {
  const charge = tx.edit('charge', id);
  const { data } = charge;
  if (data.balance_transaction !== null || !data.captured) return charge;
  const immediate = effectOf(charge.hidden.number ?? '').bypassPending === true;
  const entry = postEntry(tx, {
    account: charge.account,
    amount: data.amount_captured,
    fee: feeOf(data.amount_captured),
    currency: data.currency,
    type: 'charge',
    category: 'charge',
    source: id,
    description: typeof data.description === 'string' ? data.description : null,
    // Whole seconds: what is transferred from the charge becomes available in the same instant.
    availableAtMs: immediate ? tx.nowMs : tx.now * 1000 + settlementMs,
  });
  data.balance_transaction = entry.id;
  return charge;
}

/** Task and shortcut: books a charge that was answered without its balance transaction, and says so. */
export function bookLater(tx: Transaction, id: string): void {
  const before = tx.get('charge', id).data;
  if (before.balance_transaction !== null) return;
  const previous = structuredClone(before);
  const charge = bookCharge(tx, id);
  emit(tx, 'charge.updated', charge.data, charge.account, previous);
}
