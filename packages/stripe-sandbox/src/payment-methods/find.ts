import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import { newCardMethod } from './create.ts';
import { numberOfName } from './test-cards.ts';

/** The payment method with this id; for a test name such as `pm_card_visa` a new one of that card. */
export function findPaymentMethod(call: Call, id: string, param: string): Stored<'payment_method'> {
  const number = id.startsWith('pm_card_') ? numberOfName(id) : undefined;
  if (number !== undefined) return newCardMethod(call, number);
  const record = call.tx.find('payment_method', id);
  if (record === undefined || record.account !== call.account) throw noSuch('PaymentMethod', id, param);
  return record;
}

/** GET /v1/payment_methods/{id} */
export function retrievePaymentMethod(call: Call): JsonObject {
  return findPaymentMethod(call, call.ids[0] ?? '', 'payment_method').data;
}
