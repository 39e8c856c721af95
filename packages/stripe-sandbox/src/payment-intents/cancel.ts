import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { findIntent, unexpectedState } from './find.ts';

const cancelable = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
  'processing',
];

/** POST /v1/payment_intents/{id}/cancel: an authorised amount is let go. */
export function cancelIntent(call: Call): JsonObject {
  const found = findIntent(call);
  if (!cancelable.includes(found.data.status)) {
    throw unexpectedState(
      found,
      `You cannot cancel this PaymentIntent because it has a status of ${found.data.status}. Only a PaymentIntent ` +
        `with one of the following statuses may be canceled: ${cancelable.slice(0, 4).join(', ')}.`,
    );
  }
  const intent = call.tx.edit('payment_intent', found.id).data;
  if (intent.status === 'requires_capture' && intent.latest_charge !== null) {
    const charge = call.tx.edit('charge', intent.latest_charge).data;
    charge.amount_refunded = charge.amount;
    charge.refunded = true;
  }
  intent.status = 'canceled';
  intent.amount_capturable = 0;
  intent.canceled_at = call.tx.now;
  intent.cancellation_reason = textOf(call.params, 'cancellation_reason') ?? null;
  intent.next_action = null;
  emit(call.tx, 'payment_intent.canceled', intent, call.account);
  return intent;
}
