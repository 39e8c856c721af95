import { bookLater } from '../charges/book.ts';
import { findCharge } from '../charges/read.ts';
import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { postEntry } from '../ledger/post.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Charge, Refund } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

const referenceDelayMs = 50;

function chargeIdOf(call: Call): string {
  const charge = textOf(call.params, 'charge');
  const intentId = textOf(call.params, 'payment_intent');
  if (charge !== undefined && intentId === undefined) return charge;
  if (intentId === undefined || charge !== undefined) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
      {
        code: 'parameter_missing',
        param: 'payment_intent',
      },
    );
  }
  const intent = call.tx.find('payment_intent', intentId);
  if (intent === undefined || intent.account !== call.account)
    throw noSuch('payment_intent', intentId, 'payment_intent');
  if (intent.data.status === 'succeeded' && intent.data.latest_charge !== null)
    return intent.data.latest_charge;
  throw invalidRequest(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
    code: 'payment_intent_unexpected_state',
    param: 'payment_intent',
  });
}

function refundableAmount(call: Call, charge: Charge): number {
  if (charge.source_transfer !== null) {
    throw invalidRequest(`${charge.id} is the payment of a transfer. Reverse the transfer instead.`, {
      param: 'charge',
    });
  }
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidRequest(`Charge ${charge.id} has not been captured.`, {
      code: 'charge_not_refundable',
      param: 'charge',
    });
  }
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  const amount = integerOf(call.params, 'amount') ?? left;
  if (amount >= 1 && amount <= left) return amount;
  const message =
    amount < 1
      ? 'This value must be greater than or equal to 1.'
      : `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
  throw invalidRequest(message, { param: 'amount' });
}

/** The line of the ledger: not before the charge's own money is there. */
function post(tx: Transaction, account: string, charge: Charge, id: string, amount: number): string {
  const entry = tx.get('balance_transaction', charge.balance_transaction ?? '').data;
  return postEntry(tx, {
    account,
    amount: -amount,
    currency: charge.currency,
    type: 'refund',
    category: 'refund',
    source: id,
    description: `REFUND FOR CHARGE${charge.description ? ` (${charge.description})` : ''}`,
    availableAtMs: entry.status === 'available' ? tx.nowMs : entry.available_on * 1000,
  }).id;
}

function refundObject(call: Call, charge: Charge, id: string, amount: number, entry: string): Refund {
  return {
    id,
    object: 'refund',
    amount,
    balance_transaction: entry,
    charge: charge.id,
    created: call.tx.now,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata({}, call.params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: textOf(call.params, 'reason') ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}

/** POST /v1/refunds: back to the card it came from. Transfers stay as they are. */
export function createRefund(call: Call): JsonObject {
  const { tx, account } = call;
  const { id: chargeId } = findCharge(call, chargeIdOf(call), 'charge');
  const amount = refundableAmount(call, tx.get('charge', chargeId).data);
  bookLater(tx, chargeId);
  const charge = tx.edit('charge', chargeId).data;
  const before = structuredClone(charge);
  const id = newId('re');
  const entry = post(tx, account, charge, id, amount);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  const refund = tx.insert('refund', {
    id,
    account,
    data: refundObject(call, charge, id, amount, entry),
    hidden: {},
  });
  schedule(tx, {
    name: 'refund_reference',
    subject: id,
    account,
    dueMs: tx.nowMs + referenceDelayMs,
    soon: true,
  });
  emit(tx, 'refund.created', refund.data, account);
  emit(tx, 'charge.refunded', charge, account, before);
  return refund.data;
}
