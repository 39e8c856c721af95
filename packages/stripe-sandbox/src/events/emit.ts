import { newId } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { apiVersion } from '../schema/description.ts';
import type { Transaction } from '../store/transaction.ts';
import { endpointsFor } from '../webhooks/choose.ts';
import { copiesOf } from '../webhooks/rules.ts';

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What had another value before, as Stripe's `previous_attributes`: nested maps show only what changed. */
export function previousAttributes(before: JsonObject, after: JsonObject): JsonObject {
  const changed: JsonObject = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = before[key];
    const current = after[key];
    if (same(old, current)) continue;
    changed[key] = isObject(old) && isObject(current) ? previousAttributes(old, current) : (old ?? null);
  }
  return changed;
}

/** Records an event and a delivery for every endpoint that wants it, in the caller's transaction. */
export function emit(
  tx: Transaction,
  type: string,
  object: JsonObject,
  account: string,
  before?: JsonObject,
): void {
  const id = newId('evt');
  const endpoints = endpointsFor(tx, type, account);
  const previous = before === undefined ? undefined : previousAttributes(before, object);
  tx.insert('event', {
    id,
    account,
    data: {
      id,
      object: 'event',
      ...(account === platformId ? {} : { account }),
      api_version: apiVersion,
      created: tx.now,
      data: {
        object: structuredClone(object),
        ...(previous === undefined ? {} : { previous_attributes: structuredClone(previous) }),
      },
      livemode: false,
      pending_webhooks: endpoints.length,
      request: { id: tx.cause.requestId, idempotency_key: tx.cause.idempotencyKey },
      type,
    },
    hidden: { endpoints },
  });
  const copies = endpoints.length === 0 ? 1 : copiesOf(tx, type);
  for (const endpoint of endpoints) {
    tx.insert('delivery', {
      id: `${id}/${endpoint}`,
      account,
      data: {
        event: id,
        endpoint,
        state: copies === 0 ? 'dropped' : 'pending',
        nextAttemptMs: tx.nowMs,
        firstAttemptMs: null,
        attempts: [],
        failures: 0,
        ...(copies > 1 ? { copies: copies - 1 } : {}),
      },
      hidden: {},
    });
  }
}
