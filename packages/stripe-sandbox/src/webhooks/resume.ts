import type { Transaction } from '../store/transaction.ts';

const pauseMs = 1000;

/** On start: what was not taken yet is tried again soon, whatever wait had grown before. */
export function resumeDeliveries(tx: Transaction): void {
  for (const { id, data } of tx.all('delivery')) {
    if (data.state !== 'pending') continue;
    const delivery = tx.edit('delivery', id).data;
    delivery.failures = 0;
    delivery.nextAttemptMs = Math.min(delivery.nextAttemptMs, tx.nowMs + pauseMs);
  }
}
