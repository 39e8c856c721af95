import { isObject } from '../json.ts';
import { availableOf } from '../ledger/balance.ts';
import { postEntry } from '../ledger/post.ts';
import { settlesAtMs } from '../ledger/timing.ts';
import type { Charge, Refund, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

/** Takes the money of a refund: not before the charge's own money is there. */
export function takeMoney(tx: Transaction, account: string, refund: Refund): string {
  const charge = tx.get('charge', refund.charge).data;
  return postEntry(tx, {
    account,
    amount: -refund.amount,
    currency: refund.currency,
    type: 'refund',
    category: 'refund',
    source: refund.id,
    description: `REFUND FOR CHARGE${charge.description ? ` (${charge.description})` : ''}`,
    availableAtMs: settlesAtMs(tx, charge.balance_transaction),
  }).id;
}

/**
 * Whether the account must wait with a refund until it has the money. Only accounts whose negative balances
 * are not debited from their bank have to.
 */
export function isShort(tx: Transaction, account: string, charge: Charge, amount: number): boolean {
  const { payouts } = tx.get('account', account).data.settings;
  if (!isObject(payouts) || payouts.debit_negative_balances !== false) return false;
  const settled = settlesAtMs(tx, charge.balance_transaction) <= tx.nowMs;
  return settled && availableOf(tx, account, charge.currency) < amount;
}

/** A refund came to nothing: the money, if it had left, comes back, and the charge is less refunded. */
export function undoRefund(tx: Transaction, refund: Stored<'refund'>): void {
  const { data, account } = refund;
  if (data.balance_transaction !== null) {
    data.failure_balance_transaction = postEntry(tx, {
      account,
      amount: data.amount,
      currency: data.currency,
      type: 'refund_failure',
      category: 'refund_failure',
      source: data.id,
      description: 'REFUND FAILURE',
      availableAtMs: settlesAtMs(tx, data.balance_transaction),
    }).id;
  }
  delete data.pending_reason;
  const charge = tx.edit('charge', data.charge).data;
  charge.amount_refunded -= data.amount;
  charge.refunded = false;
}
