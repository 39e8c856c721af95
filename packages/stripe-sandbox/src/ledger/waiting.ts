import { schedule } from '../engine/tasks.ts';
import type { Transaction } from '../store/transaction.ts';

const delayMs = 20;

/** Money has come in: refunds that waited for it are tried again, a moment later. */
export function fundRefundsSoon(tx: Transaction, account: string): void {
  if (tx.find('setting', `refunds_wait/${account}`)?.data.value !== true) return;
  schedule(tx, { name: 'fund_refunds', subject: account, account, dueMs: tx.nowMs + delayMs, soon: true });
}

/** Remembers whether refunds of an account wait for money, so that not every payment has to look for them. */
export function markWaiting(tx: Transaction, account: string, value: boolean): void {
  const id = `refunds_wait/${account}`;
  if (tx.find('setting', id) !== undefined) tx.edit('setting', id).data.value = value;
  else if (value) tx.insert('setting', { id, account: '', data: { value }, hidden: {} });
}
