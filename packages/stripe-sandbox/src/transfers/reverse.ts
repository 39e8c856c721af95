import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { page } from '../http/list.ts';
import { integerOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { availableOf } from '../ledger/balance.ts';
import { postEntry } from '../ledger/post.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored, Transfer } from '../store/kinds.ts';
import { findTransfer } from './read.ts';

function reversibleAmount(call: Call, transfer: Transfer): number {
  const left = transfer.amount - transfer.amount_reversed;
  const amount = integerOf(call.params, 'amount') ?? left;
  if (left > 0 && amount >= 1 && amount <= left) return amount;
  throw invalidRequest(
    `The amount to reverse (${amount}) must be from 1 to what is left of the transfer (${left}).`,
    {
      param: 'amount',
    },
  );
}

/** When the money of the reversal moves: with that of the transfer, else now, out of what the account has. */
function dateOf(call: Call, transfer: Transfer, amount: number): number {
  const payment = call.tx.get('charge', transfer.destination_payment).data;
  const entry = call.tx.get('balance_transaction', payment.balance_transaction ?? '').data;
  if (entry.status === 'pending') return entry.available_on * 1000;
  if (availableOf(call.tx, transfer.destination, transfer.currency) >= amount) return call.tx.nowMs;
  throw invalidRequest('The connected account has insufficient available funds for this transfer reversal.', {
    code: 'balance_insufficient',
    param: 'amount',
  });
}

/** Takes the amount from the connected account; its side is a refund of the payment that arrived. */
function takeBack(
  call: Call,
  transfer: Transfer,
  reversal: string,
  amount: number,
  availableAtMs: number,
): string {
  const { tx } = call;
  const id = newId('pyr');
  const { destination, currency, destination_payment: paymentId } = transfer;
  const common = { currency, description: null, availableAtMs };
  const entry = postEntry(tx, {
    ...common,
    account: destination,
    amount: -amount,
    type: 'payment_refund',
    category: 'refund',
    source: id,
  });
  const payment = tx.edit('charge', paymentId).data;
  payment.amount_refunded += amount;
  payment.refunded = payment.amount_refunded === payment.amount;
  const data = {
    id,
    object: 'refund',
    amount,
    balance_transaction: entry.id,
    charge: paymentId,
    created: tx.now,
    currency,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: reversal,
    status: 'succeeded' as const,
    transfer_reversal: null,
  };
  tx.insert('refund', { id, account: destination, data, hidden: {} });
  return id;
}

/** POST /v1/transfers/{id}/reversals */
export function createReversal(call: Call): JsonObject {
  const { tx } = call;
  const transfer = tx.edit('transfer', findTransfer(call).id).data;
  const amount = reversibleAmount(call, transfer);
  const availableAtMs = dateOf(call, transfer, amount);
  const id = newId('trr');
  const refund = takeBack(call, transfer, id, amount, availableAtMs);
  const { currency } = transfer;
  const entry = postEntry(tx, {
    account: call.account,
    amount,
    currency,
    type: 'transfer_refund',
    category: 'transfer_reversal',
    source: id,
    description: 'REFUND FOR TRANSFER',
    availableAtMs,
  });
  const reversal = tx.insert('transfer_reversal', {
    id,
    account: call.account,
    data: {
      id,
      object: 'transfer_reversal',
      amount,
      balance_transaction: entry.id,
      created: tx.now,
      currency,
      destination_payment_refund: refund,
      metadata: mergeMetadata({}, call.params.metadata),
      source_refund: null,
      transfer: transfer.id,
    },
    hidden: {},
  });
  const before = structuredClone(transfer);
  transfer.amount_reversed += amount;
  transfer.reversed = transfer.amount_reversed === transfer.amount;
  const shown = Array.isArray(transfer.reversals.data) ? transfer.reversals.data : [];
  transfer.reversals = { ...transfer.reversals, data: [structuredClone(reversal.data), ...shown] };
  // What came back can be transferred again from the same charge.
  if (typeof transfer.source_transaction === 'string') {
    tx.edit('charge', transfer.source_transaction).hidden.transferredAmount -= amount;
  }
  emit(tx, 'transfer.reversed', transfer, call.account, before);
  return reversal.data;
}

/** GET /v1/transfers/{id}/reversals */
export function listReversals(call: Call): JsonObject {
  const transfer = findTransfer(call);
  const reversals = call.tx.all('transfer_reversal').filter(({ data }) => data.transfer === transfer.id);
  return page(call, reversals.reverse() as Stored[]);
}

function findReversal(call: Call): Stored<'transfer_reversal'> {
  const transfer = findTransfer(call);
  const id = call.ids[1] ?? '';
  const reversal = call.tx.find('transfer_reversal', id);
  if (reversal === undefined || reversal.data.transfer !== transfer.id)
    throw noSuch('transfer reversal', id, 'id');
  return reversal;
}

/** GET /v1/transfers/{id}/reversals/{id} */
export function retrieveReversal(call: Call): JsonObject {
  return findReversal(call).data;
}

/** POST /v1/transfers/{id}/reversals/{id}: metadata only. The transfer shows it too. */
export function updateReversal(call: Call): JsonObject {
  const { data } = call.tx.edit('transfer_reversal', findReversal(call).id);
  data.metadata = mergeMetadata(data.metadata, call.params.metadata);
  const transfer = call.tx.edit('transfer', findTransfer(call).id).data;
  const shown = Array.isArray(transfer.reversals.data) ? (transfer.reversals.data as JsonObject[]) : [];
  transfer.reversals = {
    ...transfer.reversals,
    data: shown.map((one) => (one.id === data.id ? structuredClone(data) : one)),
  };
  return data;
}
