import { platformId } from '../engine/platform.ts';
import type { Transaction } from '../store/transaction.ts';

/** The endpoints an event goes to: `connect` ones hear of connected accounts, the others of the platform. */
export function endpointsFor(tx: Transaction, type: string, account: string): string[] {
  const connect = account !== platformId;
  return tx
    .all('webhook_endpoint')
    .filter(({ data, hidden }) => data.status === 'enabled' && hidden.connect === connect)
    .filter(({ data }) => data.enabled_events.includes('*') || data.enabled_events.includes(type))
    .map(({ id }) => id);
}
