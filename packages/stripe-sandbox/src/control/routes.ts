import type { Fault } from '../http/faults.ts';
import { isObject, type JsonObject } from '../json.ts';
import { dumpLedger } from '../ledger/dump.ts';
import { type Control, ControlError } from './control.ts';
import type { Parts } from './parts.ts';
import { dropEvent, duplicateEvent, listDeliveries } from './webhooks.ts';

type Route = (given: JsonObject, id: string) => Promise<JsonObject>;

function choice<T extends string>(given: JsonObject, name: string, allowed: readonly T[], fallback?: T): T {
  const value = given[name] ?? fallback;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ControlError(`${name} must be one of ${allowed.join(', ')}`);
}

function text(given: JsonObject, name: string): string {
  const value = given[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ControlError(`${name} must be given`);
}

function count(given: JsonObject, name: string): number {
  const value = given[name] ?? 1;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw new ControlError(`${name} must be a whole number from 1 to 1000`);
}

function faultOf(given: JsonObject): Fault {
  return {
    method: text(given, 'method'),
    path: text(given, 'path'),
    times: count(given, 'times'),
    kind: choice(given, 'kind', ['500', '429', 'timeout', 'reset']),
    when: choice(given, 'when', ['before', 'after'], 'before'),
  };
}

async function moveClock(parts: Parts, given: JsonObject): Promise<JsonObject> {
  if (typeof given.advance_ms === 'number') await parts.clock.advance(given.advance_ms);
  else if (typeof given.set === 'string') await parts.clock.set(new Date(given.set));
  else throw new ControlError('advance_ms (a number) or set (a date) must be given');
  return { now: parts.clock.now().toISOString() };
}

function webhookRoutes(parts: Parts, control: Control): Record<string, Route> {
  return {
    'GET /_sandbox/webhooks': async () => {
      const view = await parts.engine.view();
      return { held: parts.deliverer.held(), deliveries: listDeliveries(view, 500) };
    },
    'POST /_sandbox/webhooks/hold': async () => {
      await control.holdWebhooks();
      return { held: true };
    },
    'POST /_sandbox/webhooks/release': async (given) => {
      const order = choice(given, 'order', ['inOrder', 'reversed', 'shuffled'] as const, 'inOrder');
      await control.releaseWebhooks({ order, copies: count(given, 'copies') });
      return { held: false };
    },
    'POST /_sandbox/webhooks/duplicate': async (given) => ({
      sent: await duplicateEvent(parts, text(given, 'event')),
    }),
    'POST /_sandbox/webhooks/drop': async (given) => ({
      dropped: await parts.engine.transact((tx) => dropEvent(tx, text(given, 'event'))),
    }),
  };
}

function objectRoutes(control: Control): Record<string, Route> {
  return {
    'POST /_sandbox/payment_intents/{id}/authentication': async (given, id) => {
      await control.completeAuthentication(id, choice(given, 'outcome', ['succeed', 'fail'], 'succeed'));
      return { id };
    },
    'POST /_sandbox/accounts/{id}/complete': async (given, id) => {
      const number = given.bank_account_number;
      await control.completeOnboarding(id, typeof number === 'string' ? { bankAccountNumber: number } : {});
      return { id };
    },
    'POST /_sandbox/accounts/{id}/restrict': async (_given, id) => {
      await control.changeAccount(id, 'restricted');
      return { id };
    },
    'POST /_sandbox/accounts/{id}/reject': async (_given, id) => {
      await control.changeAccount(id, 'rejected');
      return { id };
    },
    'POST /_sandbox/payouts/{id}/fail': async (given, id) => {
      await control.failPayout(id, typeof given.failure_code === 'string' ? given.failure_code : undefined);
      return { id };
    },
  };
}

/** The control plane: method and path to what is done. */
export function controlRoutes(parts: Parts, control: Control): Record<string, Route> {
  return {
    'GET /_sandbox/clock': async () => ({ now: parts.clock.now().toISOString() }),
    'POST /_sandbox/clock': (given) => moveClock(parts, given),
    'GET /_sandbox/ledger': async () => dumpLedger(await parts.engine.view()),
    'POST /_sandbox/faults': async (given) => {
      await control.injectFault(faultOf(given));
      return { accepted: true };
    },
    'POST /_sandbox/settled': async () => {
      await control.settled();
      return { settled: true };
    },
    'POST /_sandbox/reset': async () => {
      await control.reset();
      return { reset: true };
    },
    ...webhookRoutes(parts, control),
    ...objectRoutes(control),
  };
}

/** Finds a control route; the third part of longer paths is the id of what it is about. */
export function findControlRoute(
  routes: Record<string, Route>,
  method: string,
  pathname: string,
): ((given: JsonObject) => Promise<JsonObject>) | undefined {
  const direct = routes[`${method} ${pathname}`];
  if (direct !== undefined) return (given) => direct(given, '');
  const parts = pathname.split('/');
  const id = parts[3] ?? '';
  if (parts.length !== 5 || id === '') return undefined;
  parts[3] = '{id}';
  const route = routes[`${method} ${parts.join('/')}`];
  return route === undefined ? undefined : (given) => route(given, id);
}

/** The JSON of a control request; nothing counts as an empty object. */
export function controlBody(body: string): JsonObject {
  if (body.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new ControlError('The body must be JSON');
  }
  if (!isObject(parsed)) throw new ControlError('The body must be a JSON object');
  return parsed;
}
