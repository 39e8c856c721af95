import type { Transaction } from '../store/transaction.ts';

const keptSeconds = 30 * 24 * 60 * 60;

/** Forgets events after thirty days, as Stripe does, and with them how they were delivered. */
export function dropOldEvents(tx: Transaction): void {
  for (const { id, data, hidden } of tx.all('event')) {
    if (tx.now - data.created < keptSeconds) continue;
    for (const endpoint of hidden.endpoints) tx.remove('delivery', `${id}/${endpoint}`);
    tx.remove('event', id);
  }
}
