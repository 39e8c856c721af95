import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch, type StripeError } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';

/** The intent of the path. A publishable key must show its client secret. */
export function findIntent(call: Call): Stored<'payment_intent'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('payment_intent', id);
  if (record === undefined || record.account !== call.account) throw noSuch('payment_intent', id, 'intent');
  const secret = textOf(call.params, 'client_secret');
  if (call.publishable && secret === undefined) {
    throw invalidRequest('Missing required param: client_secret.', {
      code: 'parameter_missing',
      param: 'client_secret',
    });
  }
  if (secret !== undefined && secret !== record.data.client_secret) {
    // The same words whether the intent exists or not.
    throw call.publishable
      ? noSuch('payment_intent', id, 'intent')
      : invalidRequest(
          'The client_secret provided does not match the client_secret associated with the PaymentIntent.',
          {
            code: 'payment_intent_invalid_parameter',
            param: 'client_secret',
          },
        );
  }
  return record;
}

/** Refuses what the intent's state does not allow; the error carries the intent. */
export function unexpectedState(intent: Stored<'payment_intent'>, message: string): StripeError {
  return invalidRequest(message, {
    code: 'payment_intent_unexpected_state',
    payment_intent: structuredClone(intent.data),
  });
}

/** GET /v1/payment_intents/{id} */
export function retrieveIntent(call: Call): JsonObject {
  return findIntent(call).data;
}

/** GET /v1/payment_intents */
export function listIntents(call: Call): JsonObject {
  return list(call, 'payment_intent');
}
