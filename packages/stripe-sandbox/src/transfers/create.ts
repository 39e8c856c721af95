import { bookLater } from '../charges/book.ts';
import { chargeDefaults } from '../charges/create.ts';
import { findCharge } from '../charges/read.ts';
import { newId } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { availableOf, balanceObject } from '../ledger/balance.ts';
import { postEntry } from '../ledger/post.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkAmount, checkedCurrency } from '../money/amounts.ts';
import type { Stored } from '../store/kinds.ts';

type Source = { charge: Stored<'charge'>; availableAtMs: number };

function destinationOf(call: Call): Stored<'account'> {
  const id = textOf(call.params, 'destination') ?? '';
  const account = call.tx.find('account', id);
  if (account === undefined || account.hidden.gone !== undefined || id === platformId)
    throw noSuch('destination', id, 'destination');
  if (account.data.capabilities.transfers === 'active') return account;
  throw invalidRequest(
    'Your destination account needs to have at least one of the following capabilities enabled: transfers, ' +
      'crypto_transfers, legacy_payments',
    { code: 'insufficient_capabilities_for_transfer', param: 'destination' },
  );
}

/** The charge a transfer draws on, with enough of it left and its money's date known. */
function sourceOf(call: Call, amount: number, currency: string): Source | undefined {
  const id = textOf(call.params, 'source_transaction');
  if (id === undefined) return undefined;
  const { data } = findCharge(call, id, 'source_transaction');
  if (data.status !== 'succeeded' || !data.captured) {
    throw invalidRequest(`The charge ${id} cannot be the source of a transfer: it has not been captured.`, {
      param: 'source_transaction',
    });
  }
  if (data.currency !== currency) {
    throw invalidRequest(
      `The currency of source_transaction's balance transaction (${data.currency}) must be the same as the ` +
        `transfer currency (${currency})`,
      { param: 'currency' },
    );
  }
  const charge = call.tx.edit('charge', id);
  const left = data.amount_captured - charge.hidden.transferredAmount;
  if (amount > left) {
    throw invalidRequest(
      `The transfers from this charge cannot exceed its amount: ${left} of ${data.amount_captured} ${currency} ` +
        'can still be transferred.',
      { param: 'amount' },
    );
  }
  bookLater(call.tx, id);
  const entry = call.tx.get(
    'balance_transaction',
    call.tx.get('charge', id).data.balance_transaction ?? '',
  ).data;
  charge.hidden.transferredAmount += amount;
  return { charge, availableAtMs: entry.status === 'available' ? call.tx.nowMs : entry.available_on * 1000 };
}

function checkFunds(call: Call, amount: number, currency: string): void {
  if (availableOf(call.tx, call.account, currency) >= amount) return;
  throw invalidRequest(
    'You have insufficient available funds in your Stripe account. Try adding funds directly to your available ' +
      'balance by creating Charges using the 4000000000000077 test card.',
    { code: 'balance_insufficient' },
  );
}

/** The group of the transfer; a source charge without one gets one, as does its intent. */
function groupOf(call: Call, source: Source | undefined): string | null {
  const given = textOf(call.params, 'transfer_group');
  if (given !== undefined || source === undefined) return given ?? null;
  const { data } = source.charge;
  if (data.transfer_group !== null) return data.transfer_group;
  data.transfer_group = `group_${data.payment_intent ?? data.id}`;
  if (data.payment_intent !== null)
    call.tx.edit('payment_intent', data.payment_intent).data.transfer_group = data.transfer_group;
  return data.transfer_group;
}

/** The payment that arrives at the connected account. */
function arrive(call: Call, transfer: Stored<'transfer'>, availableAtMs: number): void {
  const { tx } = call;
  const { amount, currency, destination, destination_payment: id } = transfer.data;
  const entry = postEntry(tx, {
    account: destination,
    amount,
    currency,
    type: 'payment',
    category: 'charge',
    source: id,
    description: null,
    availableAtMs,
  });
  tx.insert('charge', {
    id,
    account: destination,
    data: {
      ...chargeDefaults(id, tx.now),
      id,
      amount,
      amount_captured: amount,
      amount_refunded: 0,
      balance_transaction: entry.id,
      captured: true,
      currency,
      disputed: false,
      metadata: {},
      paid: true,
      payment_intent: null,
      payment_method_details: { stripe_account: {}, type: 'stripe_account' },
      refunded: false,
      source_transfer: transfer.id,
      status: 'succeeded',
      transfer_group: null,
    },
    hidden: { transferredAmount: 0 },
  });
  if (entry.data.status === 'available')
    emit(tx, 'balance.available', balanceObject(tx, destination), destination);
}

/** POST /v1/transfers */
export function createTransfer(call: Call): JsonObject {
  const { tx, params } = call;
  if (call.account !== platformId) {
    throw invalidRequest('Only platforms can create transfers.', { code: 'transfers_not_allowed' });
  }
  const amount = integerOf(params, 'amount');
  if (amount === undefined)
    throw invalidRequest('Missing required param: amount.', { code: 'parameter_missing', param: 'amount' });
  const currency = checkedCurrency(textOf(params, 'currency') ?? '');
  checkAmount(amount, currency);
  const destination = destinationOf(call);
  const source = sourceOf(call, amount, currency);
  if (source === undefined) checkFunds(call, amount, currency);
  const id = newId('tr');
  const availableAtMs = source?.availableAtMs ?? tx.nowMs;
  const entry = postEntry(tx, {
    account: call.account,
    amount: -amount,
    currency,
    type: 'transfer',
    category: 'transfer',
    source: id,
    description: textOf(params, 'description') ?? null,
    availableAtMs,
  });
  const transfer = tx.insert('transfer', {
    id,
    account: call.account,
    data: {
      id,
      object: 'transfer',
      amount,
      amount_reversed: 0,
      balance_transaction: entry.id,
      created: tx.now,
      currency,
      description: textOf(params, 'description') ?? null,
      destination: destination.id,
      destination_payment: newId('py'),
      livemode: false,
      metadata: mergeMetadata({}, params.metadata),
      reversals: { object: 'list', data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
      reversed: false,
      source_transaction: source?.charge.id ?? null,
      source_type: 'card',
      transfer_group: groupOf(call, source),
    },
    hidden: {},
  });
  emit(tx, 'transfer.created', transfer.data, call.account);
  arrive(call, transfer, availableAtMs);
  return transfer.data;
}
