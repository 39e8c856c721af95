import { newId, randomText } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { assignGiven, flagOf, textOf, textsOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { apiVersion } from '../schema/description.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

function checkedUrl(url: string): string {
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw invalidRequest('Invalid URL: An explicit scheme (such as https) must be provided.', {
    code: 'url_invalid',
    param: 'url',
  });
}

/** Registers an endpoint. Its secret is told once, on creation. */
export function newEndpoint(
  tx: Transaction,
  options: {
    url: string;
    connect: boolean;
    enabledEvents: string[];
    description?: string;
    metadata?: JsonObject;
  },
): Stored<'webhook_endpoint'> {
  const id = newId('we');
  return tx.insert('webhook_endpoint', {
    id,
    account: platformId,
    data: {
      id,
      object: 'webhook_endpoint',
      api_version: apiVersion,
      application: null,
      created: tx.now,
      description: options.description ?? null,
      enabled_events: options.enabledEvents,
      livemode: false,
      metadata: options.metadata ?? {},
      status: 'enabled',
      url: checkedUrl(options.url),
    },
    hidden: { secret: `whsec_${randomText(32)}`, connect: options.connect },
  });
}

/** POST /v1/webhook_endpoints */
export function createEndpoint(call: Call): JsonObject {
  const version = textOf(call.params, 'api_version') ?? apiVersion;
  if (version !== apiVersion) {
    throw invalidRequest(`The sandbox renders events in API version ${apiVersion} only.`, {
      param: 'api_version',
    });
  }
  const enabledEvents = textsOf(call.params, 'enabled_events');
  if (enabledEvents.length === 0) {
    throw invalidRequest('Invalid array', { code: 'parameter_invalid_empty', param: 'enabled_events' });
  }
  const description = textOf(call.params, 'description');
  const endpoint = newEndpoint(call.tx, {
    url: textOf(call.params, 'url') ?? '',
    connect: flagOf(call.params, 'connect') ?? false,
    enabledEvents,
    metadata: mergeMetadata({}, call.params.metadata),
    ...(description === undefined ? {} : { description }),
  });
  return { ...endpoint.data, secret: endpoint.hidden.secret };
}

function find(call: Call): Stored<'webhook_endpoint'> {
  const id = call.ids[0] ?? '';
  const endpoint = call.tx.find('webhook_endpoint', id);
  if (endpoint === undefined || endpoint.account !== call.account) throw noSuch('webhook endpoint', id, 'id');
  return endpoint;
}

/** GET /v1/webhook_endpoints/{id} */
export function retrieveEndpoint(call: Call): JsonObject {
  return find(call).data;
}

/** GET /v1/webhook_endpoints */
export function listEndpoints(call: Call): JsonObject {
  return list(call, 'webhook_endpoint');
}

/** POST /v1/webhook_endpoints/{id} */
export function updateEndpoint(call: Call): JsonObject {
  const endpoint = call.tx.edit('webhook_endpoint', find(call).id).data;
  const url = textOf(call.params, 'url');
  if (url !== undefined) endpoint.url = checkedUrl(url);
  const events = textsOf(call.params, 'enabled_events');
  if (events.length > 0) endpoint.enabled_events = events;
  const disabled = flagOf(call.params, 'disabled');
  if (disabled !== undefined) endpoint.status = disabled ? 'disabled' : 'enabled';
  assignGiven(endpoint, call.params, ['description']);
  endpoint.metadata = mergeMetadata(endpoint.metadata, call.params.metadata);
  return endpoint;
}

/** DELETE /v1/webhook_endpoints/{id}: what it had still to get is dropped. */
export function deleteEndpoint(call: Call): JsonObject {
  const { id } = find(call);
  for (const delivery of call.tx.all('delivery')) {
    if (delivery.data.endpoint === id && delivery.data.state === 'pending') {
      call.tx.edit('delivery', delivery.id).data.state = 'dropped';
    }
  }
  call.tx.remove('webhook_endpoint', id);
  return { id, object: 'webhook_endpoint', deleted: true };
}
