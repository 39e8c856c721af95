import { newId, randomText } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { flagOf, integerOf, textOf, textsOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkChargeAmount, checkedCurrency } from '../money/amounts.ts';
import type { PaymentIntent } from '../store/kinds.ts';
import { redeemed } from '../tokens/confirmation.ts';
import { confirm, methodGiven } from './confirm.ts';
import { applyOptions, automaticMethods, checkOwner } from './options.ts';

const onlyWithConfirm = [
  'return_url',
  'error_on_requires_action',
  'off_session',
  'use_stripe_sdk',
  'mandate',
  'mandate_data',
  'confirmation_token',
];

function newIntent(call: Call, amount: number, currency: string): PaymentIntent {
  const id = newId('pi');
  const excluded = textsOf(call.params, 'excluded_payment_method_types');
  const allowed = textsOf(call.params, 'allowed_payment_method_types');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed.length === 0 ? null : allowed,
    amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: allowed.length === 0 ? automaticMethods(call) : null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: (textOf(call.params, 'capture_method') ??
      'automatic_async') as PaymentIntent['capture_method'],
    client_secret: `${id}_secret_${randomText(25)}`,
    confirmation_method: textOf(call.params, 'confirmation_method') ?? 'automatic',
    created: call.tx.now,
    currency,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: excluded.length === 0 ? null : excluded,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, call.params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  };
}

/** POST /v1/payment_intents */
export function createIntent(call: Call): JsonObject {
  const { params, tx } = call;
  if (call.account !== platformId) {
    throw invalidRequest('The sandbox does not serve direct charges: leave out the Stripe-Account header.');
  }
  const currency = checkedCurrency(textOf(params, 'currency') ?? '');
  const amount = integerOf(params, 'amount') ?? 0;
  checkChargeAmount(amount, currency);
  const confirms = flagOf(params, 'confirm') === true;
  for (const name of onlyWithConfirm) {
    if (!confirms && params[name] !== undefined) {
      throw invalidRequest(
        `You cannot provide \`${name}\` when creating a PaymentIntent without \`confirm=true\`.`,
        {
          param: name,
        },
      );
    }
  }
  const data = newIntent(call, amount, currency);
  const told = redeemed(call, 'payment_intent', data.id);
  applyOptions(told, data);
  const method = methodGiven(told);
  if (method !== undefined) {
    checkOwner(data, method);
    data.payment_method = method.id;
    data.status = 'requires_confirmation';
  }
  const intent = tx.insert('payment_intent', { id: data.id, account: call.account, data, hidden: {} });
  emit(tx, 'payment_intent.created', data, call.account);
  if (confirms) confirm(told, intent);
  return intent.data;
}
