import { findCustomer } from '../customers/find.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { assignGiven, objectOf, textOf } from '../http/parameters.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { SetupIntent, Stored } from '../store/kinds.ts';

const unserved = ['on_behalf_of', 'attach_to_self', 'single_use', 'customer_account', 'flow_directions'];

/** Puts the parameters that create and update share onto a setup intent. */
export function applyOptions(call: Call, intent: SetupIntent): void {
  const { params } = call;
  const refused = unserved.find((name) => params[name] !== undefined);
  if (refused !== undefined) {
    throw invalidRequest(`The sandbox does not serve the parameter ${refused} of SetupIntents.`, {
      param: refused,
    });
  }
  assignGiven(intent, params, ['description']);
  intent.metadata = mergeMetadata(intent.metadata, params.metadata);
  const customer = textOf(params, 'customer');
  if (customer !== undefined) intent.customer = findCustomer(call, customer, 'customer').id;
  const card = objectOf(objectOf(params, 'payment_method_options'), 'card');
  const wanted = textOf(card, 'request_three_d_secure');
  if (wanted !== undefined) {
    intent.payment_method_options = {
      card: { mandate_options: null, network: null, request_three_d_secure: wanted },
    };
  }
}

/** Refuses a payment method that is another customer's. */
export function checkOwner(intent: SetupIntent, method: Stored<'payment_method'>): void {
  const owner = method.data.customer;
  if (owner === null || owner === intent.customer) return;
  throw invalidRequest(
    `The payment method ${method.id} belongs to the Customer ${owner}. Please include the Customer in the ` +
      '`customer` parameter on the SetupIntent.',
    { code: 'setup_intent_invalid_parameter', param: 'payment_method' },
  );
}
