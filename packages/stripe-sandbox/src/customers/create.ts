import { newId, randomText } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { attachTo } from '../payment-methods/attach.ts';
import { findPaymentMethod } from '../payment-methods/find.ts';
import { applyCustomer } from './update.ts';

/** POST /v1/customers */
export function createCustomer(call: Call): JsonObject {
  const id = newId('cus', 14);
  const record = call.tx.insert('customer', {
    id,
    account: call.account,
    data: {
      id,
      object: 'customer',
      address: null,
      balance: 0,
      created: call.tx.now,
      currency: null,
      customer_account: null,
      default_source: null,
      delinquent: false,
      description: null,
      discount: null,
      email: null,
      invoice_prefix: randomText(8).toUpperCase(),
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
      livemode: false,
      metadata: mergeMetadata({}, call.params.metadata),
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock: null,
    },
    hidden: {},
  });
  applyCustomer(call, record.data);
  emit(call.tx, 'customer.created', record.data, call.account);
  const method = textOf(call.params, 'payment_method');
  if (method !== undefined) attachTo(call, findPaymentMethod(call, method, 'payment_method').id, id);
  return record.data;
}
