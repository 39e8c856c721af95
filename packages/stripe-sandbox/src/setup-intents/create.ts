import { newId, randomText } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { flagOf, textOf, textsOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { methodGiven } from '../payment-intents/confirm.ts';
import { automaticMethods } from '../payment-intents/options.ts';
import type { SetupIntent } from '../store/kinds.ts';
import { confirm } from './confirm.ts';
import { findSetup, unexpectedState } from './find.ts';
import { applyOptions, checkOwner } from './options.ts';

const onlyWithConfirm = ['return_url', 'use_stripe_sdk', 'mandate_data', 'confirmation_token'];

function newSetup(call: Call): SetupIntent {
  const id = newId('seti');
  const excluded = textsOf(call.params, 'excluded_payment_method_types');
  const allowed = textsOf(call.params, 'allowed_payment_method_types');
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: allowed.length === 0 ? null : allowed,
    application: null,
    automatic_payment_methods: allowed.length === 0 ? automaticMethods(call) : null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created: call.tx.now,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: excluded.length === 0 ? null : excluded,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: textOf(call.params, 'usage') ?? 'off_session',
  };
}

function takeMethod(call: Call, intent: SetupIntent): void {
  const method = methodGiven(call);
  if (method === undefined) return;
  checkOwner(intent, method);
  intent.payment_method = method.id;
  intent.status = 'requires_confirmation';
  intent.next_action = null;
}

/** POST /v1/setup_intents */
export function createSetup(call: Call): JsonObject {
  const { params, tx } = call;
  if (call.account !== platformId) {
    throw invalidRequest('The sandbox sets cards up on the platform: leave out the Stripe-Account header.');
  }
  const confirms = flagOf(params, 'confirm') === true;
  const early = onlyWithConfirm.find((name) => !confirms && params[name] !== undefined);
  if (early !== undefined) {
    throw invalidRequest(
      `You cannot provide \`${early}\` when creating a SetupIntent without \`confirm=true\`.`,
      { param: early },
    );
  }
  const data = newSetup(call);
  applyOptions(call, data);
  takeMethod(call, data);
  const intent = tx.insert('setup_intent', { id: data.id, account: call.account, data, hidden: {} });
  emit(tx, 'setup_intent.created', data, call.account);
  if (confirms) confirm(call, intent);
  return intent.data;
}

/** POST /v1/setup_intents/{id} */
export function updateSetup(call: Call): JsonObject {
  const found = findSetup(call);
  const closed = Object.keys(call.params).some((name) => !['metadata', 'description'].includes(name));
  if (closed && !found.data.status.startsWith('requires_')) {
    throw unexpectedState(
      found,
      `You cannot update this SetupIntent because it has a status of ${found.data.status}.`,
    );
  }
  const intent = call.tx.edit('setup_intent', found.id).data;
  applyOptions(call, intent);
  takeMethod(call, intent);
  return intent;
}

/** POST /v1/setup_intents/{id}/cancel */
export function cancelSetup(call: Call): JsonObject {
  const found = findSetup(call);
  if (!found.data.status.startsWith('requires_')) {
    throw unexpectedState(
      found,
      `You cannot cancel this SetupIntent because it has a status of ${found.data.status}.`,
    );
  }
  const intent = call.tx.edit('setup_intent', found.id).data;
  intent.status = 'canceled';
  intent.cancellation_reason = textOf(call.params, 'cancellation_reason') ?? null;
  intent.next_action = null;
  emit(call.tx, 'setup_intent.canceled', intent, call.account);
  return intent;
}
