import type { Fault } from '../http/faults.ts';
import { isObject, type JsonObject } from '../json.ts';
import { dumpLedger } from '../ledger/dump.ts';
import type { Control } from './control.ts';
import { ControlError } from './existing.ts';
import { choice, count, type Route, text } from './given.ts';
import { accountRoutes, paymentRoutes } from './object-routes.ts';
import type { Parts } from './parts.ts';
import { webhookRoutes } from './webhook-routes.ts';

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
    ...accountRoutes(control),
    ...paymentRoutes(control),
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
