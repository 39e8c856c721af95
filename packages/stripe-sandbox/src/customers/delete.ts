import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { list } from '../http/list.ts';
import type { JsonObject } from '../json.ts';
import { findCustomer } from './find.ts';

/** DELETE /v1/customers/{id} */
export function deleteCustomer(call: Call): JsonObject {
  const { id } = findCustomer(call, call.ids[0] ?? '', 'id');
  const record = call.tx.edit('customer', id);
  record.hidden.deleted = true;
  for (const method of call.tx.all('payment_method')) {
    if (method.data.customer === id) {
      const detached = call.tx.edit('payment_method', method.id);
      detached.data.customer = null;
      detached.hidden.consumed = true;
    }
  }
  emit(call.tx, 'customer.deleted', record.data, call.account);
  return { id, object: 'customer', deleted: true };
}

/** GET /v1/customers */
export function listCustomers(call: Call): JsonObject {
  return list(call, 'customer', (record) => !record.hidden.deleted);
}
