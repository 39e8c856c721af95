import type { Call } from '../http/endpoint.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkChargeAmount, checkedCurrency } from '../money/amounts.ts';
import type { PaymentIntent } from '../store/kinds.ts';
import { methodGiven } from './confirm.ts';
import { findIntent, unexpectedState } from './find.ts';
import { applyOptions, checkOwner } from './options.ts';

/** What may still change once money was taken or the intent was given up. */
const alwaysOpen = new Set(['metadata', 'description', 'receipt_email', 'expand']);

const openStates = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);

/** POST /v1/payment_intents/{id} */
export function updateIntent(call: Call): JsonObject {
  const found = findIntent(call);
  const closed = Object.keys(call.params).find((name) => !alwaysOpen.has(name));
  if (closed !== undefined && !openStates.has(found.data.status)) {
    throw unexpectedState(
      found,
      `This PaymentIntent's ${closed} could not be updated because it has a status of ${found.data.status}. You may ` +
        'only update the amount and other details of a PaymentIntent with one of the following statuses: ' +
        'requires_payment_method, requires_confirmation, requires_action.',
    );
  }
  const intent = call.tx.edit('payment_intent', found.id).data;
  const currency = textOf(call.params, 'currency');
  if (currency !== undefined) intent.currency = checkedCurrency(currency);
  intent.amount = integerOf(call.params, 'amount') ?? intent.amount;
  if (currency !== undefined || call.params.amount !== undefined)
    checkChargeAmount(intent.amount, intent.currency);
  const capture = textOf(call.params, 'capture_method');
  if (capture !== undefined) intent.capture_method = capture as PaymentIntent['capture_method'];
  applyOptions(call, intent);
  intent.metadata = mergeMetadata(intent.metadata, call.params.metadata);
  const method = methodGiven(call);
  if (method !== undefined) {
    checkOwner(intent, method);
    intent.payment_method = method.id;
    intent.status = 'requires_confirmation';
    intent.next_action = null;
  }
  return intent;
}
