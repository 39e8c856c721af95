import { findCustomer } from '../customers/find.ts';
import type { Call } from '../http/endpoint.ts';
import { list } from '../http/list.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';

/** GET /v1/payment_methods */
export function listPaymentMethods(call: Call): JsonObject {
  const customer = textOf(call.params, 'customer');
  if (customer !== undefined) findCustomer(call, customer, 'customer');
  return list(call, 'payment_method');
}

/** GET /v1/customers/{id}/payment_methods */
export function listOfCustomer(call: Call): JsonObject {
  const customer = findCustomer(call, call.ids[0] ?? '', 'customer');
  return list(call, 'payment_method', (record) => record.data.customer === customer.id);
}
