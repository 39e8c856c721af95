import { findCustomer } from '../customers/find.ts';
import { shippingOf } from '../customers/update.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { assignGiven, flagOf, objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { PaymentIntent, Stored } from '../store/kinds.ts';

const plain = [
  'description',
  'receipt_email',
  'setup_future_usage',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'transfer_group',
];

const unserved = ['transfer_data', 'on_behalf_of', 'application_fee_amount'];

export function automaticMethods(call: Call): JsonObject {
  const given = objectOf(call.params, 'automatic_payment_methods');
  return {
    allow_redirects: textOf(given, 'allow_redirects') ?? 'always',
    enabled: flagOf(given, 'enabled') ?? true,
  };
}

function cardOptions(given: JsonObject): JsonObject {
  const card = objectOf(given, 'card');
  return {
    card: {
      installments: null,
      mandate_options: null,
      network: null,
      request_three_d_secure: textOf(card, 'request_three_d_secure') ?? 'automatic',
    },
  };
}

/** Puts the parameters that create, update and confirm share onto an intent. */
export function applyOptions(call: Call, intent: PaymentIntent): void {
  const { params } = call;
  for (const name of unserved) {
    if (params[name] !== undefined) {
      throw invalidRequest(`The sandbox does not serve the parameter ${name} of PaymentIntents.`, {
        param: name,
      });
    }
  }
  const suffixed = textOf(params, 'statement_descriptor');
  if (suffixed !== undefined && suffixed.length > 22) {
    throw invalidRequest('The statement descriptor must be at most 22 characters.', {
      param: 'statement_descriptor',
    });
  }
  assignGiven(intent, params, plain);
  if (params.shipping !== undefined) intent.shipping = shippingOf(params.shipping);
  if (params.payment_method_options !== undefined) {
    intent.payment_method_options = cardOptions(objectOf(params, 'payment_method_options'));
  }
  if (textOf(params, 'customer') !== undefined) {
    intent.customer = findCustomer(call, textOf(params, 'customer') ?? '', 'customer').id;
  }
}

/** Refuses a payment method that is another customer's. */
export function checkOwner(intent: PaymentIntent, method: Stored<'payment_method'>): void {
  const owner = method.data.customer;
  if (owner === null || owner === intent.customer) return;
  throw invalidRequest(
    `The PaymentMethod ${method.id} belongs to the Customer ${owner}. Please include the Customer in the ` +
      '`customer` parameter on the PaymentIntent.',
    { code: 'payment_intent_invalid_parameter', param: 'payment_method' },
  );
}
