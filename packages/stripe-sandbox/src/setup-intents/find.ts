import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch, type StripeError } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';

/** The setup intent of the path. A publishable key must show its client secret. */
export function findSetup(call: Call): Stored<'setup_intent'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('setup_intent', id);
  const secret = textOf(call.params, 'client_secret');
  if (call.publishable && secret === undefined) {
    throw invalidRequest('Missing required param: client_secret.', {
      code: 'parameter_missing',
      param: 'client_secret',
    });
  }
  const shown = secret === undefined || secret === record?.data.client_secret;
  if (record === undefined || record.account !== call.account || !shown)
    throw noSuch('setupintent', id, 'intent');
  return record;
}

/** Refuses what the setup intent's state does not allow; the error carries it. */
export function unexpectedState(intent: Stored<'setup_intent'>, message: string): StripeError {
  return invalidRequest(message, {
    code: 'setup_intent_unexpected_state',
    setup_intent: structuredClone(intent.data),
  });
}

/** GET /v1/setup_intents/{id} */
export function retrieveSetup(call: Call): JsonObject {
  return findSetup(call).data;
}

/** GET /v1/setup_intents */
export function listSetups(call: Call): JsonObject {
  return list(call, 'setup_intent');
}

/** GET /v1/setup_attempts */
export function listAttempts(call: Call): JsonObject {
  return list(call, 'setup_attempt');
}
