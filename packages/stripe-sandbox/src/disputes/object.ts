import { isObject, type JsonObject } from '../json.ts';
import type { Charge, Dispute } from '../store/kinds.ts';

const dayMs = 24 * 60 * 60 * 1000;
const answerDays = 7;

export const evidenceFiles = [
  'cancellation_policy',
  'customer_communication',
  'customer_signature',
  'duplicate_charge_documentation',
  'receipt',
  'refund_policy',
  'service_documentation',
  'shipping_documentation',
  'uncategorized_file',
];

const evidenceTexts = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_tracking_number',
  'uncategorized_text',
];

/** What the card network calls the reasons, where there is a name for it. */
const networkCodes: Record<string, string> = {
  fraudulent: '10.4',
  product_not_received: '13.1',
  product_unacceptable: '13.3',
  duplicate: '12.6',
  credit_not_processed: '13.6',
  subscription_canceled: '13.2',
};

/** (choice) A week to answer, to the end of its last day. */
export function dueBy(nowMs: number): number {
  return Math.floor((nowMs + answerDays * dayMs) / dayMs) * (dayMs / 1000) + dayMs / 1000 - 1;
}

function emptyEvidence(): JsonObject {
  const names = [...evidenceFiles, ...evidenceTexts];
  return { ...Object.fromEntries(names.map((name) => [name, null])), enhanced_evidence: {} };
}

function brandOf(charge: Charge): string {
  const details = charge.payment_method_details;
  const card = isObject(details) && isObject(details.card) ? details.card : {};
  return typeof card.brand === 'string' ? card.brand : 'visa';
}

function methodDetails(charge: Charge, reason: string, inquiry: boolean): JsonObject {
  const brand = brandOf(charge);
  return {
    card: {
      brand,
      case_type: inquiry ? 'inquiry' : 'chargeback',
      network: brand,
      network_reason_code: networkCodes[reason] ?? null,
    },
    type: 'card',
  };
}

export type NewDispute = { id: string; nowMs: number; amount: number; reason: string; inquiry: boolean };

/** A dispute of a charge with every key Stripe shows. */
export function disputeObject(charge: Charge, options: NewDispute): Dispute {
  const { id, nowMs, amount, reason, inquiry } = options;
  return {
    id,
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: Math.floor(nowMs / 1000),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: emptyEvidence(),
    evidence_details: {
      due_by: dueBy(nowMs),
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: methodDetails(charge, reason, inquiry),
    reason,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
  };
}
