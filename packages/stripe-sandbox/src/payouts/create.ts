import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { integerOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { availableOf } from '../ledger/balance.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkAmount, checkedCurrency } from '../money/amounts.ts';
import { payoutStep } from '../money/currencies.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { makePayout } from './make.ts';

function banksOf(tx: Transaction, account: string): Stored<'bank_account'>[] {
  return tx.all('bank_account').filter(({ data, hidden }) => data.account === account && !hidden.deleted);
}

/** Where payouts of a currency go when nothing else is said. */
export function defaultBank(
  tx: Transaction,
  account: string,
  currency: string,
): Stored<'bank_account'> | undefined {
  const defaults = banksOf(tx, account).filter((bank) => bank.data.default_for_currency === true);
  // (choice) Without an account in the currency it goes to the default one; test banks take any currency.
  return defaults.find(({ data }) => data.currency === currency) ?? defaults[0];
}

function destinationOf(call: Call, currency: string): Stored<'bank_account'> {
  const id = textOf(call.params, 'destination');
  if (id !== undefined) {
    const named = banksOf(call.tx, call.account).find((bank) => bank.id === id);
    if (named === undefined) throw noSuch('external account', id, 'destination');
    return named;
  }
  const bank = defaultBank(call.tx, call.account, currency);
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
  return makePayout(tx, {
    account,
    amount,
    currency,
    destination: bank.id,
    method: textOf(params, 'method') ?? 'standard',
    automatic: false,
    description: textOf(params, 'description') ?? null,
    metadata: mergeMetadata({}, params.metadata),
    statementDescriptor: textOf(params, 'statement_descriptor') ?? null,
  }).data;
}
