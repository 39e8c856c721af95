import { bookLater } from '../charges/book.ts';
import { findCharge } from '../charges/read.ts';
import { lostAmount, openDisputeOf } from '../disputes/open.ts';
import { closeInquiryOf } from '../disputes/resolve.ts';
import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { markWaiting } from '../ledger/waiting.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import type { Charge, Refund, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { isShort, takeMoney } from './money.ts';
import { referenceSoon } from './progress.ts';

/** (choice) How long the test cards for pending and failing refunds take. */
const bankDelayMs = 24 * 60 * 60 * 1000;

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
  const lost = lostAmount(call.tx, charge.id);
  const left = charge.amount - charge.amount_refunded - lost;
  const dispute = openDisputeOf(call.tx, charge.id);
  if (dispute?.data.is_charge_refundable === false || (lost > 0 && left <= 0)) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  if (left <= 0) {
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

function refundObject(call: Call, charge: Charge, id: string, amount: number): Refund {
  return {
    id,
    object: 'refund',
    amount,
    balance_transaction: null,
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

/** Moves the money, or lets the refund wait for what it needs. */
function begin(tx: Transaction, refund: Stored<'refund'>, charge: Stored<'charge'>): void {
  const { id, account, data } = refund;
  const { refund: effect } = effectOf(charge.hidden.number ?? '');
  if (isShort(tx, account, charge.data, data.amount)) {
    data.status = 'pending';
    data.pending_reason = 'insufficient_funds';
    markWaiting(tx, account, true);
    return;
  }
  data.balance_transaction = takeMoney(tx, account, data);
  if (effect === 'pending') {
    data.status = 'pending';
    data.pending_reason = 'processing';
    schedule(tx, { name: 'refund_succeeds', subject: id, account, dueMs: tx.nowMs + bankDelayMs });
    return;
  }
  if (effect === 'fails')
    schedule(tx, { name: 'refund_fails', subject: id, account, dueMs: tx.nowMs + bankDelayMs });
  referenceSoon(tx, refund);
}

/** POST /v1/refunds: back to the card it came from. Transfers stay as they are. */
export function createRefund(call: Call): JsonObject {
  const { tx, account } = call;
  const { id: chargeId } = findCharge(call, chargeIdOf(call), 'charge');
  const amount = refundableAmount(call, tx.get('charge', chargeId).data);
  bookLater(tx, chargeId);
  const charge = tx.edit('charge', chargeId);
  const before = structuredClone(charge.data);
  const id = newId('re');
  const refund = tx.insert('refund', {
    id,
    account,
    data: refundObject(call, charge.data, id, amount),
    hidden: {},
  });
  begin(tx, refund, charge);
  charge.data.amount_refunded += amount;
  charge.data.refunded = charge.data.amount_refunded === charge.data.amount;
  emit(tx, 'refund.created', refund.data, account);
  emit(tx, 'charge.refunded', charge.data, account, before);
  if (charge.data.refunded) closeInquiryOf(tx, chargeId);
  return refund.data;
}
