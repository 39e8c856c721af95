import { refreshAccount } from '../accounts/readiness.ts';
import { randomText } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import { balanceObject } from '../ledger/balance.ts';
import { postEntry } from '../ledger/post.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { failureOfNumber, messageOfFailure } from './failures.ts';

/** Task: the payout is handed to the bank. */
export function sendPayout(tx: Transaction, id: string): void {
  if (tx.get('payout', id).data.status !== 'pending') return;
  const payout = tx.edit('payout', id);
  const before = structuredClone(payout.data);
  payout.data.status = 'in_transit';
  emit(tx, 'payout.updated', payout.data, payout.account, before);
}

/** Task: the payout arrives, or the bank sends it back. */
export function landPayout(tx: Transaction, id: string): void {
  sendPayout(tx, id);
  const { data } = tx.get('payout', id);
  if (data.status !== 'in_transit') return;
  const failure = failureOfNumber(tx.find('bank_account', data.destination)?.hidden.number ?? '');
  if (failure !== undefined && data.amount > 0) {
    failPayout(tx, id, failure);
    return;
  }
  const payout = tx.edit('payout', id);
  payout.data.status = 'paid';
  payout.data.trace_id = { status: 'supported', value: randomText(12).toUpperCase() };
  emit(tx, 'payout.paid', payout.data, payout.account);
}

/** Puts the money of a payout back into the balance it came from. */
export function returnFunds(
  tx: Transaction,
  payout: Stored<'payout'>,
  type: 'payout_failure' | 'payout_cancel',
): string {
  const entry = postEntry(tx, {
    account: payout.account,
    amount: payout.data.amount,
    currency: payout.data.currency,
    type,
    category: 'payout_reversal',
    source: payout.id,
    description: type === 'payout_failure' ? 'Payout failure' : 'Payout cancellation',
    availableAtMs: tx.nowMs,
  });
  return entry.id;
}

/** The bank refuses, even after it had seemed paid: money back, bank account marked. */
export function failPayout(tx: Transaction, id: string, code: string): void {
  const payout = tx.edit('payout', id);
  const { status, amount } = payout.data;
  if (status === 'failed' || status === 'canceled' || amount < 0 || payout.data.reversed_by !== null) {
    throw new Error(`${id} cannot fail: its status is ${status}`);
  }
  const before = structuredClone(payout.data);
  payout.data.status = 'failed';
  payout.data.failure_code = code;
  payout.data.failure_message = messageOfFailure(code);
  payout.data.failure_balance_transaction = returnFunds(tx, payout, 'payout_failure');
  emit(tx, 'payout.failed', payout.data, payout.account);
  emit(tx, 'payout.updated', payout.data, payout.account, before);
  markBank(tx, payout.data.destination);
  emit(tx, 'balance.available', balanceObject(tx, payout.account), payout.account);
}

function markBank(tx: Transaction, id: string): void {
  const found = tx.find('bank_account', id);
  if (found === undefined || found.hidden.deleted || found.data.status === 'errored') return;
  const bank = tx.edit('bank_account', id);
  const before = structuredClone(bank.data);
  bank.data.status = 'errored';
  emit(tx, 'account.external_account.updated', bank.data, bank.account, before);
  refreshAccount(tx, bank.account, structuredClone(tx.get('account', bank.account).data));
}
