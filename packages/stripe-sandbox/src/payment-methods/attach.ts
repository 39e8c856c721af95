import { findCustomer } from '../customers/find.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, StripeError } from '../http/errors.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import { findPaymentMethod } from './find.ts';
import { effectOf } from './test-cards.ts';

/** A card that can be kept but not charged. */
export const declinesOnlyCharges = '4000000000000341';

/** Makes a payment method a customer's own and says so. */
export function attachTo(call: Call, id: string, customer: string): Stored<'payment_method'> {
  const method = call.tx.edit('payment_method', id);
  if (method.data.customer === customer) return method;
  method.data.customer = customer;
  emit(call.tx, 'payment_method.attached', method.data, method.account);
  return method;
}

/** POST /v1/payment_methods/{id}/attach */
export function attachPaymentMethod(call: Call): JsonObject {
  const customerId = textOf(call.params, 'customer');
  if (customerId === undefined) {
    throw invalidRequest('Missing required param: customer.', {
      code: 'parameter_missing',
      param: 'customer',
    });
  }
  const customer = findCustomer(call, customerId, 'customer');
  const method = findPaymentMethod(call, call.ids[0] ?? '', 'payment_method');
  if (method.data.customer !== null && method.data.customer !== customer.id) {
    throw invalidRequest('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    });
  }
  const { decline, authentication } = effectOf(method.hidden.number);
  if (method.hidden.consumed === true) throw alreadyUsed();
  // Cards that decline are refused at once, as the bank is asked when a card is saved.
  if (decline !== undefined && authentication === undefined && method.hidden.number !== declinesOnlyCharges) {
    throw new StripeError(402, 'card_error', 'Your card was declined.', {
      code: decline.code,
      decline_code: decline.declineCode,
    });
  }
  return attachTo(call, method.id, customer.id).data;
}

export function alreadyUsed(): StripeError {
  return invalidRequest(
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared ' +
      'with a connected account without Customer attachment, or was detached from a Customer. It may not be ' +
      'used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    { code: 'payment_method_unexpected_state' },
  );
}

/** POST /v1/payment_methods/{id}/detach */
export function detachPaymentMethod(call: Call): JsonObject {
  const found = findPaymentMethod(call, call.ids[0] ?? '', 'payment_method');
  if (found.data.customer === null) {
    throw invalidRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
      {
        code: 'payment_method_unexpected_state',
      },
    );
  }
  const method = call.tx.edit('payment_method', found.id);
  const before = structuredClone(method.data);
  method.data.customer = null;
  method.hidden.consumed = true;
  emit(call.tx, 'payment_method.detached', method.data, method.account, before);
  return method.data;
}
