import { shippingOf } from '../customers/update.ts';
import { newId } from '../engine/ids.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { newCardMethod } from '../payment-methods/create.ts';
import { findPaymentMethod } from '../payment-methods/find.ts';
import type { Stored } from '../store/kinds.ts';

const lifetimeSeconds = 12 * 60 * 60;
const plainCard = '4242424242424242';

function previewed(call: Call): Stored<'payment_method'> {
  const id = textOf(call.params, 'payment_method');
  if (id !== undefined) return findPaymentMethod(call, id, 'payment_method');
  const given = objectOf(call.params, 'payment_method_data');
  if (textOf(given, 'type') === undefined) {
    throw invalidRequest('Missing required param: payment_method.', {
      code: 'parameter_missing',
      param: 'payment_method',
    });
  }
  return newCardMethod(call, plainCard, { billing: objectOf(given, 'billing_details') });
}

/** POST /v1/test_helpers/confirmation_tokens: what a payment form would send. */
export function createConfirmationToken(call: Call): JsonObject {
  const method = previewed(call);
  const { allow_redisplay, billing_details, card, type } = method.data;
  const id = newId('ctoken');
  return call.tx.insert('confirmation_token', {
    id,
    account: call.account,
    data: {
      id,
      object: 'confirmation_token',
      created: call.tx.now,
      expires_at: call.tx.now + lifetimeSeconds,
      livemode: false,
      mandate_data: null,
      metadata: null,
      payment_intent: null,
      payment_method_options: null,
      payment_method_preview: structuredClone({
        allow_redisplay,
        billing_details,
        card,
        customer: method.data.customer,
        customer_account: null,
        type,
      }),
      return_url: textOf(call.params, 'return_url') ?? null,
      setup_future_usage: textOf(call.params, 'setup_future_usage') ?? null,
      setup_intent: null,
      shipping: confirmedShipping(call),
      use_stripe_sdk: true,
    },
    hidden: { number: method.hidden.number },
  }).data;
}

function confirmedShipping(call: Call): JsonObject | null {
  const shipping = shippingOf(call.params.shipping);
  if (shipping === null) return null;
  const { address, name, phone } = shipping;
  return { address, name, phone };
}

function find(call: Call, id: string, param: string): Stored<'confirmation_token'> {
  const record = call.tx.find('confirmation_token', id);
  if (record === undefined || record.account !== call.account) throw noSuch('confirmationtoken', id, param);
  return record;
}

/** GET /v1/confirmation_tokens/{id} */
export function retrieveConfirmationToken(call: Call): JsonObject {
  return find(call, call.ids[0] ?? '', 'confirmation_token').data;
}

/** A call with what its confirmation token says in place of the token, which is used up by the intent. */
export function redeemed(call: Call, kind: 'payment_intent' | 'setup_intent', intent: string): Call {
  const { confirmation_token: given, ...params } = call.params;
  if (typeof given !== 'string' || given === '') return call;
  if (params.payment_method !== undefined) {
    throw invalidRequest(
      'You may only specify one of these parameters: payment_method, confirmation_token.',
      {
        code: 'parameters_exclusive',
        param: 'confirmation_token',
      },
    );
  }
  const found = find(call, given, 'confirmation_token');
  const { data } = found;
  const used = data.payment_intent !== null || data.setup_intent !== null;
  if (used || Number(data.expires_at) <= call.tx.now) {
    throw invalidRequest(`The confirmation token ${given} has expired or was used already.`, {
      param: 'confirmation_token',
    });
  }
  call.tx.edit('confirmation_token', given).data[kind] = intent;
  const preview = objectOf(data, 'payment_method_preview');
  const method = newCardMethod(call, found.hidden.number, { billing: objectOf(preview, 'billing_details') });
  const named = ['return_url', 'shipping', ...(kind === 'payment_intent' ? ['setup_future_usage'] : [])];
  const told = named.filter((name) => data[name] !== null).map((name) => [name, data[name]]);
  return { ...call, params: { ...Object.fromEntries(told), ...params, payment_method: method.id } };
}
