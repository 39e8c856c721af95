import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { flagOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import { emptyRequirements } from './defaults.ts';
import { findAccount } from './find.ts';
import { refreshAccount } from './readiness.ts';

/** Where Stripe wants `transfers` only together with `card_payments`. */
const together = new Set(['US', 'CA', 'GB', 'BR']);

function isRequested(call: Call, account: string, name: string): boolean {
  return call.tx.find('capability', `${account}/${name}`)?.data.requested === true;
}

function checkTogether(call: Call, account: Stored<'account'>): void {
  const terms = account.data.tos_acceptance;
  const recipient = isObject(terms) && terms.service_agreement === 'recipient';
  if (!together.has(account.data.country) || recipient) return;
  if (isRequested(call, account.id, 'transfers') && !isRequested(call, account.id, 'card_payments')) {
    throw invalidRequest(
      'You cannot request the `transfers` capability without the `card_payments` capability for accounts in ' +
        `${account.data.country}. Request both, or contact Stripe to have your platform approved.`,
      { param: 'capabilities' },
    );
  }
}

function setRequested(call: Call, account: Stored<'account'>, name: string, requested: boolean): void {
  const id = `${account.id}/${name}`;
  if (call.tx.find('capability', id) === undefined) {
    call.tx.insert('capability', {
      id,
      account: account.id,
      data: {
        id: name,
        object: 'capability',
        account: account.id,
        future_requirements: emptyRequirements(),
        requested: false,
        requested_at: null,
        requirements: emptyRequirements(),
        status: 'unrequested',
      },
      hidden: {},
    });
  }
  const capability = call.tx.edit('capability', id).data;
  if (capability.requested === requested) return;
  capability.requested = requested;
  capability.requested_at = requested ? call.tx.now : null;
}

/** Takes requests of `capabilities[name][requested]`; their status follows from the account's readiness. */
export function requestCapabilities(call: Call, account: Stored<'account'>, given: JsonObject): void {
  for (const [name, wish] of Object.entries(given)) {
    const requested = isObject(wish) ? flagOf(wish, 'requested') : undefined;
    if (requested !== undefined) setRequested(call, account, name, requested);
  }
  checkTogether(call, account);
}

function find(call: Call): Stored<'capability'> {
  const account = findAccount(call, call.ids[0] ?? '');
  const name = call.ids[1] ?? '';
  const capability = call.tx.find('capability', `${account.id}/${name}`);
  if (capability === undefined) throw noSuch('capability', name, 'capability');
  return capability;
}

/** GET /v1/accounts/{id}/capabilities/{id} */
export function retrieveCapability(call: Call): JsonObject {
  return find(call).data;
}

/** GET /v1/accounts/{id}/capabilities: all of them, in one page. */
export function listCapabilities(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  const data = call.tx
    .all('capability')
    .filter((capability) => capability.data.account === account.id)
    .map((capability) => capability.data);
  return { object: 'list', data, has_more: false, url: call.pathname };
}

/** POST /v1/accounts/{id}/capabilities/{id} */
export function updateCapability(call: Call): JsonObject {
  const found = findAccount(call, call.ids[0] ?? '');
  const name = call.ids[1] ?? '';
  const before = structuredClone(found.data);
  const account = call.tx.edit('account', found.id);
  requestCapabilities(call, account, { [name]: { requested: flagOf(call.params, 'requested') } });
  refreshAccount(call.tx, account.id, before);
  return find(call).data;
}
