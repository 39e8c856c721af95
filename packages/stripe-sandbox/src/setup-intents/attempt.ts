import { failureMessage } from '../charges/declines.ts';
import { newId, randomText } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import { StripeError } from '../http/errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { authenticationFailure } from '../payment-intents/authenticate.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

type Setup = Stored<'setup_intent'>;
type Method = Stored<'payment_method'>;

const secured = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  result: 'authenticated',
  result_reason: null,
  version: '2.2.0',
};

function cardDetails(method: Method, authenticated: boolean): JsonObject {
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4, networks } = method.data.card;
  const network = isObject(networks) && Array.isArray(networks.available) ? networks.available[0] : null;
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country,
    exp_month,
    exp_year,
    fingerprint,
    funding,
    last4,
    network,
    three_d_secure: authenticated ? { ...secured, transaction_id: randomText(36) } : null,
    wallet: null,
  };
}

/** Records one try to set a card up. */
function recordAttempt(
  tx: Transaction,
  intent: Setup,
  method: Method,
  outcome: { status: string; authenticated: boolean; error?: JsonObject },
): void {
  const id = newId('setatt');
  tx.insert('setup_attempt', {
    id,
    account: intent.account,
    data: {
      id,
      object: 'setup_attempt',
      application: null,
      created: tx.now,
      customer: intent.data.customer,
      customer_account: null,
      flow_directions: null,
      livemode: false,
      on_behalf_of: null,
      payment_method: method.id,
      payment_method_details: { card: cardDetails(method, outcome.authenticated), type: 'card' },
      setup_error: outcome.error ?? null,
      setup_intent: intent.id,
      status: outcome.status,
      usage: intent.data.usage,
    },
    hidden: {},
  });
  intent.data.latest_attempt = id;
}

/** The card is kept: with the customer, if there is one, and with the authentication it has passed. */
export function succeed(tx: Transaction, intent: Setup, method: Method, authenticated: boolean): void {
  const { data } = intent;
  recordAttempt(tx, intent, method, { status: 'succeeded', authenticated });
  const kept = tx.edit('payment_method', method.id);
  if (authenticated && data.usage === 'off_session') kept.hidden.authenticated = true;
  if (data.customer !== null && kept.data.customer === null) {
    kept.data.customer = data.customer;
    emit(tx, 'payment_method.attached', kept.data, kept.account);
  }
  data.status = 'succeeded';
  data.payment_method = method.id;
  data.next_action = null;
  data.last_setup_error = null;
  emit(tx, 'setup_intent.succeeded', data, intent.account);
}

function reopen(tx: Transaction, intent: Setup, method: Method, details: JsonObject): void {
  const { data } = intent;
  const code = String(details.code).replaceAll('_', '-');
  const error: JsonObject = {
    ...details,
    doc_url: `https://stripe.com/docs/error-codes/${code}`,
    payment_method: structuredClone(method.data),
    type: 'card_error',
  };
  recordAttempt(tx, intent, method, { status: 'failed', authenticated: false, error });
  data.status = 'requires_payment_method';
  data.payment_method = null;
  data.next_action = null;
  data.last_setup_error = structuredClone(error);
  emit(tx, 'setup_intent.setup_failed', data, intent.account);
}

/** The bank refuses the card. Gives back the error to throw; what was recorded is kept. */
export function decline(
  tx: Transaction,
  intent: Setup,
  method: Method,
  refusal: { code: string; declineCode?: string },
): StripeError {
  const message = failureMessage(refusal);
  const details = { code: refusal.code, decline_code: refusal.declineCode };
  reopen(tx, intent, method, { ...details, message });
  const shown = {
    setup_intent: structuredClone(intent.data),
    payment_method: structuredClone(method.data),
  };
  return new StripeError(402, 'card_error', message, { ...details, ...shown }, { keepsChanges: true });
}

/** The payer could not be authenticated. */
export function failAuthentication(tx: Transaction, intent: Setup, method: Method): void {
  reopen(tx, intent, method, {
    code: 'setup_intent_authentication_failure',
    message: authenticationFailure,
  });
}
