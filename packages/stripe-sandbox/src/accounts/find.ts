import { platformId } from '../engine/platform.ts';
import type { Call } from '../http/endpoint.ts';
import { noAccess } from '../http/errors.ts';
import { list } from '../http/list.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';

/** A connected account of the platform, or the acting account itself. */
export function findAccount(call: Call, id: string): Stored<'account'> {
  const record = call.tx.find('account', id);
  const visible = call.account === platformId || call.account === id;
  if (record === undefined || record.hidden.gone !== undefined || !visible) throw noAccess(id, 'sk_test_');
  return record;
}

/** GET /v1/accounts/{id} */
export function retrieveAccount(call: Call): JsonObject {
  return findAccount(call, call.ids[0] ?? '').data;
}

/** GET /v1/account */
export function retrieveOwnAccount(call: Call): JsonObject {
  return call.tx.get('account', call.account).data;
}

/** GET /v1/accounts */
export function listAccounts(call: Call): JsonObject {
  return list(call, 'account', ({ hidden }) => hidden.gone === undefined);
}
