import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { flagOf, textOf, textsOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

function pendingWebhooks(tx: Transaction, event: Stored<'event'>): number {
  const states = event.hidden.endpoints.map(
    (endpoint) => tx.find('delivery', `${event.id}/${endpoint}`)?.data.state,
  );
  return states.filter((state) => state === 'pending').length;
}

function matchesType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** An event as it is now: what it tells is as it was, its count of waiting webhooks is of today. */
function current(tx: Transaction, event: Stored<'event'>): Stored<'event'> {
  return { ...event, data: { ...event.data, pending_webhooks: pendingWebhooks(tx, event) } };
}

/** GET /v1/events/{id} */
export function retrieveEvent(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const event = call.tx.find('event', id);
  if (event === undefined || event.account !== call.account) throw noSuch('event', id, 'id');
  return current(call.tx, event).data;
}

/** GET /v1/events */
export function listEvents(call: Call): JsonObject {
  const type = textOf(call.params, 'type');
  const types = textsOf(call.params, 'types');
  const delivered = flagOf(call.params, 'delivery_success');
  if (type !== undefined && types.length > 0) {
    throw invalidRequest('You may only specify one of these parameters: type, types.', {
      code: 'parameters_exclusive',
      param: 'types',
    });
  }
  const wanted = type === undefined ? types : [type];
  const answer = list(
    call,
    'event',
    (event) =>
      (wanted.length === 0 || wanted.some((one) => matchesType(event.data.type, one))) &&
      (delivered === undefined || delivered === (pendingWebhooks(call.tx, event) === 0)),
    ['type', 'types', 'delivery_success'],
  );
  const data = (answer.data as JsonObject[]).map(
    (event) => current(call.tx, call.tx.get('event', String(event.id))).data,
  );
  return { ...answer, data };
}
