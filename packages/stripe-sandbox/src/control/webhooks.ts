import type { JsonObject } from '../json.ts';
import type { Transaction } from '../store/transaction.ts';
import { storeRule } from '../webhooks/rules.ts';
import type { Parts } from './parts.ts';

/** What happens to the next `times` events of a type: lost, or sent `copies` times. */
export type WebhookRule = { type: string; action: 'drop' | 'duplicate'; times?: number; copies?: number };

export type Release = { order?: 'inOrder' | 'reversed' | 'shuffled'; copies?: number };

/** Holds back what is to be delivered from now on, or no longer. */
export async function setHeld(parts: Parts, held: boolean): Promise<void> {
  await parts.engine.transact((tx) => parts.engine.setting(tx, 'webhooks_held', held));
}

function shuffled<T>(items: T[]): T[] {
  const left = [...items];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return result;
}

function arranged(ids: string[], order: Release['order']): string[] {
  if (order === 'reversed') return ids.toReversed();
  return order === 'shuffled' ? shuffled(ids) : ids;
}

/** Delivers what was held, one after the other so that the order is the one asked for, and holds no more. */
export async function releaseWebhooks(parts: Parts, options: Release): Promise<void> {
  const waiting = parts.engine
    .peek()
    .all('delivery')
    .filter(({ data }) => data.state === 'pending' && data.nextAttemptMs <= parts.engine.nowMs())
    .map(({ id }) => id);
  for (const id of arranged(waiting, options.order)) {
    for (let copy = 0; copy < (options.copies ?? 1); copy += 1) await parts.deliverer.attempt(id);
  }
  await setHeld(parts, false);
}

/** Sends an event again to the endpoints it went to, whether they took it or not. */
export async function duplicateWebhook(parts: Parts, event: string): Promise<number> {
  const deliveries = parts.engine.peek().find('event', event)?.hidden.endpoints ?? [];
  for (const endpoint of deliveries) await parts.deliverer.attempt(`${event}/${endpoint}`);
  return deliveries.length;
}

/** Lets an event get lost on the way to endpoints that have not taken it yet. */
export function dropWebhook(tx: Transaction, event: string): number {
  let dropped = 0;
  for (const endpoint of tx.find('event', event)?.hidden.endpoints ?? []) {
    const id = `${event}/${endpoint}`;
    if (tx.find('delivery', id)?.data.state !== 'pending') continue;
    tx.edit('delivery', id).data.state = 'dropped';
    dropped += 1;
  }
  return dropped;
}

/** Deliveries, newest first. */
export function listDeliveries(tx: Transaction, limit: number): JsonObject[] {
  return tx
    .all('delivery')
    .reverse()
    .slice(0, limit)
    .map(({ id, account, data }) => ({
      id,
      account,
      type: tx.find('event', data.event)?.data.type ?? '',
      url: tx.find('webhook_endpoint', data.endpoint)?.data.url ?? null,
      ...data,
      attempts: data.attempts.map((attempt) => ({ ...attempt })),
    }));
}

/** Keeps a rule until it has been used up. */
export function addRule(tx: Transaction, rule: WebhookRule): void {
  const copies = rule.action === 'drop' ? 0 : (rule.copies ?? 2);
  storeRule(tx, { type: rule.type, copies, times: rule.times ?? 1 });
}
