import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';

/** A customer of the acting account that has not been deleted. */
export function findCustomer(call: Call, id: string, param: string): Stored<'customer'> {
  const record = call.tx.find('customer', id);
  if (record === undefined || record.account !== call.account || record.hidden.deleted) {
    throw noSuch('customer', id, param);
  }
  return record;
}

/** GET /v1/customers/{id}: a deleted customer is still known by its id. */
export function retrieveCustomer(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('customer', id);
  if (record?.hidden.deleted && record.account === call.account)
    return { id, object: 'customer', deleted: true };
  return findCustomer(call, id, 'id').data;
}
