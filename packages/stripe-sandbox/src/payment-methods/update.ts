import { findCustomer } from '../customers/find.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { addressOf, assignGiven, integerOf, objectOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { findPaymentMethod } from './find.ts';

/** POST /v1/payment_methods/{id} */
export function updatePaymentMethod(call: Call): JsonObject {
  const { params, tx } = call;
  const { id, account } = findPaymentMethod(call, call.ids[0] ?? '', 'payment_method');
  const { data } = tx.edit('payment_method', id);
  const before = structuredClone(data);
  const billing = objectOf(params, 'billing_details');
  const shown = objectOf(data, 'billing_details');
  assignGiven(shown, billing, ['email', 'name', 'phone', 'tax_id']);
  if (billing.address !== undefined) shown.address = addressOf(billing.address === '' ? {} : billing.address);
  const card = objectOf(params, 'card');
  data.card.exp_month = integerOf(card, 'exp_month') ?? data.card.exp_month;
  data.card.exp_year = integerOf(card, 'exp_year') ?? data.card.exp_year;
  assignGiven(data, params, ['allow_redisplay']);
  data.metadata = mergeMetadata(data.metadata, params.metadata);
  emit(tx, 'payment_method.updated', data, account, before);
  return data;
}

/** GET /v1/customers/{id}/payment_methods/{id} */
export function retrieveOfCustomer(call: Call): JsonObject {
  const customer = findCustomer(call, call.ids[0] ?? '', 'customer');
  const id = call.ids[1] ?? '';
  const method = call.tx.find('payment_method', id);
  if (method === undefined || method.data.customer !== customer.id)
    throw noSuch('PaymentMethod', id, 'payment_method');
  return method.data;
}
