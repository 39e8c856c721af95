import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { availableOf } from '../ledger/balance.ts';
import { postEntry } from '../ledger/post.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkAmount, checkedCurrency } from '../money/amounts.ts';
import { payoutStep } from '../money/currencies.ts';
import type { Stored } from '../store/kinds.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const minuteMs = 60 * 1000;

/** (choice) Sent after an hour, there at the start of the second day after; instant ones within half an hour. */
function timetable(nowMs: number, method: string): { inTransitMs: number; arrivalMs: number } {
  if (method === 'instant') return { inTransitMs: nowMs + minuteMs, arrivalMs: nowMs + 30 * minuteMs };
  return { inTransitMs: nowMs + hourMs, arrivalMs: Math.floor(nowMs / dayMs) * dayMs + 2 * dayMs };
}

function destinationOf(call: Call, currency: string): Stored<'bank_account'> {
  const banks = call.tx
    .all('bank_account')
    .filter(({ data, hidden }) => data.account === call.account && !hidden.deleted);
  const id = textOf(call.params, 'destination');
  if (id !== undefined) {
    const named = banks.find((bank) => bank.id === id);
    if (named === undefined) throw noSuch('external account', id, 'destination');
    return named;
  }
  const defaults = banks.filter((bank) => bank.data.default_for_currency === true);
  // (choice) Without an account in the currency it goes to the default one; test banks take any currency.
  const bank = defaults.find(({ data }) => data.currency === currency) ?? defaults[0];
  if (bank !== undefined) return bank;
  throw invalidRequest(`Sorry, you don't have any external accounts in that currency (${currency}).`, {
    param: 'currency',
  });
}

function checkAllowed(call: Call, amount: number, currency: string): void {
  if (!call.tx.get('account', call.account).data.payouts_enabled) {
    throw invalidRequest(
      'Cannot create payouts: this account has requirements that need to be collected before payouts are enabled.',
      { code: 'payouts_not_allowed' },
    );
  }
  if (availableOf(call.tx, call.account, currency) >= amount) return;
  throw invalidRequest('You have insufficient funds in your Stripe account for this transfer.', {
    code: 'balance_insufficient',
    param: 'amount',
  });
}

function checkOptions(call: Call, bank: Stored<'bank_account'>): void {
  const descriptor = textOf(call.params, 'statement_descriptor');
  if (descriptor !== undefined && descriptor.length > 22) {
    throw invalidRequest('The statement descriptor must be at most 22 characters.', {
      param: 'statement_descriptor',
    });
  }
  const methods = bank.data.available_payout_methods;
  if (call.params.method === 'instant' && Array.isArray(methods) && !methods.includes('instant')) {
    throw invalidRequest('The destination does not support instant payouts.', {
      code: 'instant_payouts_unsupported',
      param: 'method',
    });
  }
}

/** POST /v1/payouts: the money leaves the balance at once. */
export function createPayout(call: Call): JsonObject {
  const { tx, params, account } = call;
  const currency = checkedCurrency(textOf(params, 'currency') ?? '');
  const amount = integerOf(params, 'amount') ?? 0;
  checkAmount(amount, currency, payoutStep(currency));
  checkAllowed(call, amount, currency);
  const bank = destinationOf(call, currency);
  checkOptions(call, bank);
  const id = newId('po');
  const method = textOf(params, 'method') ?? 'standard';
  const { inTransitMs, arrivalMs } = timetable(tx.nowMs, method);
  const entry = postEntry(tx, {
    account,
    amount: -amount,
    currency,
    type: 'payout',
    category: 'payout',
    source: id,
    description: textOf(params, 'description') ?? 'STRIPE PAYOUT',
    availableAtMs: tx.nowMs,
  });
  const payout = tx.insert('payout', {
    id,
    account,
    data: {
      id,
      object: 'payout',
      amount,
      application_fee: null,
      application_fee_amount: null,
      arrival_date: Math.floor(arrivalMs / 1000),
      automatic: false,
      balance_transaction: entry.id,
      created: tx.now,
      currency,
      description: textOf(params, 'description') ?? null,
      destination: bank.id,
      failure_balance_transaction: null,
      failure_code: null,
      failure_message: null,
      livemode: false,
      metadata: mergeMetadata({}, params.metadata),
      method,
      original_payout: null,
      payout_method: null,
      reconciliation_status: 'not_applicable',
      reversed_by: null,
      source_type: 'card',
      statement_descriptor: textOf(params, 'statement_descriptor') ?? null,
      status: 'pending',
      trace_id: { status: 'pending', value: null },
      type: 'bank_account',
    },
    hidden: {},
  });
  schedule(tx, { name: 'payout_in_transit', subject: id, account, dueMs: inTransitMs });
  schedule(tx, { name: 'payout_arrival', subject: id, account, dueMs: arrivalMs });
  emit(tx, 'payout.created', payout.data, account);
  return payout.data;
}
