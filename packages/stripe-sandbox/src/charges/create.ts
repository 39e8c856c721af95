import { newId, randomText } from '../engine/ids.ts';
import { hostedPrefix } from '../engine/platform.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { failureMessage } from './declines.ts';

export type ChargeOutcome = {
  captured: boolean;
  authenticated: boolean;
  decline?: { code: string; declineCode?: string } | undefined;
};

function outcomeObject(decline: ChargeOutcome['decline']): JsonObject {
  const base = { advice_code: null, network_advice_code: null, network_decline_code: null };
  if (decline === undefined) {
    return {
      ...base,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 12,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  return {
    ...base,
    advice_code:
      decline.declineCode === 'lost_card' || decline.declineCode === 'stolen_card'
        ? 'do_not_try_again'
        : 'try_again_later',
    network_decline_code: '01',
    network_status: 'declined_by_network',
    reason: decline.declineCode ?? decline.code,
    risk_level: 'normal',
    risk_score: 12,
    seller_message: `The bank returned the decline code ${decline.declineCode ?? decline.code}.`,
    type: 'issuer_declined',
  };
}

const authentication = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  version: '2.2.0',
};

function cardDetails(method: Stored<'payment_method'>, amount: number, outcome: ChargeOutcome): JsonObject {
  const { card } = method.data;
  return {
    amount_authorized: outcome.decline === undefined ? amount : null,
    authorization_code: outcome.decline === undefined ? randomText(6).toUpperCase() : null,
    brand: card.brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: outcome.decline?.code === 'incorrect_cvc' ? 'fail' : 'pass',
    },
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    extended_authorization: { status: 'disabled' },
    fingerprint: card.fingerprint,
    funding: card.funding,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network:
      isObject(card.networks) && Array.isArray(card.networks.available) ? card.networks.available[0] : null,
    network_token: { used: false },
    network_transaction_id: outcome.decline === undefined ? randomText(15) : null,
    overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
    regulated_status: card.regulated_status,
    three_d_secure: outcome.authenticated ? { ...authentication, transaction_id: randomText(36) } : null,
    transaction_link_id: null,
    wallet: null,
  };
}

/** What charges and arriving transfers have in common, every key Stripe shows. */
export function chargeDefaults(id: string, now: number): JsonObject {
  return {
    id,
    object: 'charge',
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: null,
    created: now,
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    on_behalf_of: null,
    outcome: null,
    payment_intent: null,
    payment_method: null,
    payment_method_details: null,
    radar_options: {},
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    transfer_data: null,
    transfer_group: null,
  };
}

/** Records one attempt to charge a card for an intent, whether it goes well or not. */
export function createCharge(
  tx: Transaction,
  intent: Stored<'payment_intent'>,
  method: Stored<'payment_method'>,
  outcome: ChargeOutcome,
): Stored<'charge'> {
  const id = newId('ch');
  const { data } = intent;
  const failed = outcome.decline !== undefined;
  return tx.insert('charge', {
    id,
    account: intent.account,
    data: {
      ...chargeDefaults(id, tx.now),
      id,
      amount: data.amount,
      amount_captured: failed || !outcome.captured ? 0 : data.amount,
      amount_refunded: 0,
      balance_transaction: null,
      billing_details: method.data.billing_details,
      calculated_statement_descriptor: 'STRIPE SANDBOX',
      captured: !failed && outcome.captured,
      currency: data.currency,
      customer: data.customer,
      description: data.description,
      disputed: false,
      failure_code: outcome.decline?.code ?? null,
      failure_message: outcome.decline === undefined ? null : failureMessage(outcome.decline),
      metadata: structuredClone(data.metadata),
      outcome: outcomeObject(outcome.decline),
      paid: !failed,
      payment_intent: data.id,
      payment_method: method.id,
      payment_method_details: { card: cardDetails(method, data.amount, outcome), type: 'card' },
      receipt_email: data.receipt_email,
      receipt_url: failed ? null : `${hostedPrefix}/_sandbox/receipts/${id}`,
      refunded: false,
      shipping: structuredClone(data.shipping),
      statement_descriptor: data.statement_descriptor,
      statement_descriptor_suffix: data.statement_descriptor_suffix,
      status: failed ? 'failed' : 'succeeded',
      transfer_group: data.transfer_group,
    },
    hidden: { transferredAmount: 0, number: method.hidden.number },
  });
}
