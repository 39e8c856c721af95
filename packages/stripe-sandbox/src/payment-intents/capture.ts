import { bookCharge } from '../charges/book.ts';
import { disputeSoon } from '../disputes/open.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { integerOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { findIntent, unexpectedState } from './find.ts';

/** POST /v1/payment_intents/{id}/capture: the rest of the authorised amount is let go. */
export function captureIntent(call: Call): JsonObject {
  const found = findIntent(call);
  if (found.data.status !== 'requires_capture' || found.data.latest_charge === null) {
    throw unexpectedState(
      found,
      `This PaymentIntent could not be captured because it has a status of ${found.data.status}. Only a ` +
        'PaymentIntent with one of the following statuses may be captured: requires_capture.',
    );
  }
  const amount = integerOf(call.params, 'amount_to_capture') ?? found.data.amount_capturable;
  if (amount < 1 || amount > found.data.amount_capturable) {
    throw invalidRequest('The amount to capture must be positive and not above the amount authorised.', {
      code: 'parameter_invalid_integer',
      param: 'amount_to_capture',
    });
  }
  const intent = call.tx.edit('payment_intent', found.id).data;
  const charge = call.tx.edit('charge', found.data.latest_charge).data;
  charge.captured = true;
  charge.amount_captured = amount;
  charge.amount_refunded = charge.amount - amount;
  disputeSoon(call.tx, bookCharge(call.tx, charge.id));
  intent.status = 'succeeded';
  intent.amount_capturable = 0;
  intent.amount_received = amount;
  intent.metadata = mergeMetadata(intent.metadata, call.params.metadata);
  emit(call.tx, 'charge.captured', charge, call.account);
  emit(call.tx, 'payment_intent.succeeded', intent, call.account);
  return intent;
}
