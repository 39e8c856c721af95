import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { addressOf, assignGiven, objectOf, textOf } from '../http/parameters.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Customer } from '../store/kinds.ts';
import { findCustomer } from './find.ts';

const plain = ['balance', 'description', 'email', 'name', 'phone', 'preferred_locales', 'invoice_prefix'];

/** Shipping as an object shows it, or null when unset. */
export function shippingOf(given: Json | undefined): JsonObject | null {
  if (!isObject(given)) return null;
  return {
    address: addressOf(given.address ?? {}),
    carrier: textOf(given, 'carrier') ?? null,
    name: textOf(given, 'name') ?? '',
    phone: textOf(given, 'phone') ?? null,
    tracking_number: textOf(given, 'tracking_number') ?? null,
  };
}

/** Puts the parameters of create and update onto a customer. */
export function applyCustomer(call: Call, customer: Customer): void {
  const { params } = call;
  const email = textOf(params, 'email');
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw invalidRequest(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' });
  }
  assignGiven(customer, params, plain);
  if (params.address !== undefined) customer.address = addressOf(params.address);
  if (params.shipping !== undefined) {
    const shipping = shippingOf(params.shipping);
    if (shipping !== null) {
      delete shipping.carrier;
      delete shipping.tracking_number;
    }
    customer.shipping = shipping;
  }
  const exempt = params.tax_exempt;
  if (exempt !== undefined) customer.tax_exempt = exempt === '' ? 'none' : exempt;
  const method = objectOf(params, 'invoice_settings').default_payment_method;
  if (method !== undefined && isObject(customer.invoice_settings)) {
    customer.invoice_settings.default_payment_method = method === '' ? null : method;
  }
}

/** POST /v1/customers/{id} */
export function updateCustomer(call: Call): JsonObject {
  const { id } = findCustomer(call, call.ids[0] ?? '', 'id');
  const customer = call.tx.edit('customer', id).data;
  const before = structuredClone(customer);
  applyCustomer(call, customer);
  customer.metadata = mergeMetadata(customer.metadata, call.params.metadata);
  emit(call.tx, 'customer.updated', customer, call.account, before);
  return customer;
}
