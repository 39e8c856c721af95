import { createHash } from 'node:crypto';
import { findAccount } from '../accounts/find.ts';
import { refreshAccount } from '../accounts/readiness.ts';
import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { flagOf, objectOf, textOf } from '../http/parameters.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { checkedCurrency } from '../money/amounts.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { useToken } from '../tokens/use.ts';

export type NewBank = {
  number: string;
  country?: string | undefined;
  currency?: string | undefined;
  holder?: string | null | undefined;
  holderType?: string | undefined;
  routing?: string | null | undefined;
  metadata?: JsonObject;
  makeDefault?: boolean;
};

const tokens: Record<string, string> = { btok_us_verified: '000123456789', btok_us: '000123456789' };
const withoutInstant = '000888888883';

/** A bank account with every key Stripe shows. */
export function bankObject(
  account: Stored<'account'>,
  bank: NewBank,
  id: string,
): Stored<'bank_account'>['data'] {
  const country = bank.country?.toUpperCase() ?? account.data.country;
  return {
    id,
    object: 'bank_account',
    account: account.id,
    account_holder_name: bank.holder ?? null,
    account_holder_type: bank.holderType ?? null,
    account_type: null,
    available_payout_methods: bank.number === withoutInstant ? ['standard'] : ['standard', 'instant'],
    bank_name: 'STRIPE TEST BANK',
    country,
    currency: checkedCurrency(bank.currency ?? account.data.default_currency),
    default_for_currency: false,
    fingerprint: createHash('sha256').update(`bank${bank.number}`).digest('hex').slice(0, 16),
    future_requirements: null,
    last4: bank.number.slice(-4),
    metadata: bank.metadata ?? {},
    requirements: null,
    routing_number: bank.routing ?? (country === 'US' ? '110000000' : null),
    status: 'new',
  };
}

function siblings(tx: Transaction, account: string, currency: string): Stored<'bank_account'>[] {
  return tx
    .all('bank_account')
    .filter(({ data, hidden }) => data.account === account && data.currency === currency && !hidden.deleted);
}

/** Makes one account the default of its currency, and the others not. */
export function makeDefault(tx: Transaction, account: string, id: string, currency: string): void {
  for (const bank of siblings(tx, account, currency)) {
    if (bank.data.default_for_currency !== (bank.id === id)) {
      tx.edit('bank_account', bank.id).data.default_for_currency = bank.id === id;
    }
  }
}

/** Refuses what cannot be the number of a bank account. */
export function checkNumber(number: string, param: string): void {
  if (/^[0-9A-Za-z]{4,34}$/.test(number)) return;
  throw invalidRequest('The account number is not valid.', { code: 'account_number_invalid', param });
}

/** Records a bank account without telling of it. */
export function insertBankAccount(
  tx: Transaction,
  account: Stored<'account'>,
  bank: NewBank,
): Stored<'bank_account'> {
  checkNumber(bank.number, 'external_account[account_number]');
  const id = newId('ba');
  const data = bankObject(account, bank, id);
  const first = siblings(tx, account.id, data.currency).length === 0;
  const record = tx.insert('bank_account', {
    id,
    account: account.id,
    data,
    hidden: { number: bank.number },
  });
  if (first || bank.makeDefault) makeDefault(tx, account.id, id, data.currency);
  return record;
}

/** Gives an account somewhere to be paid out to. The caller refreshes the account. */
export function addBankAccount(
  tx: Transaction,
  account: Stored<'account'>,
  bank: NewBank,
): Stored<'bank_account'> {
  const record = insertBankAccount(tx, account, bank);
  emit(tx, 'account.external_account.created', record.data, account.id);
  return record;
}

/** Adds what `external_account` names: a token or the fields of a bank account. */
export function addGiven(
  tx: Transaction,
  account: Stored<'account'>,
  given: Json,
  asDefault: boolean,
  metadata?: JsonObject,
): Stored<'bank_account'> {
  const common = { makeDefault: asDefault, ...(metadata === undefined ? {} : { metadata }) };
  if (typeof given === 'string') {
    const made = useToken(tx, given, 'bank_account', 'external_account');
    if (made !== undefined) {
      const {
        account_holder_name: holder,
        country,
        currency,
        routing_number: routing,
      } = objectOf(made.data, 'bank_account');
      const told = { holder, country, currency, routing } as Partial<NewBank>;
      return addBankAccount(tx, account, { ...common, ...told, number: made.hidden.number });
    }
    const number = Object.hasOwn(tokens, given) ? tokens[given] : undefined;
    if (number === undefined) {
      throw invalidRequest(
        `No such token: '${given}'`,
        { code: 'resource_missing', param: 'external_account' },
        404,
      );
    }
    return addBankAccount(tx, account, { ...common, number, country: 'US', currency: 'usd' });
  }
  if (!isObject(given) || given.object !== 'bank_account') {
    throw invalidRequest('The sandbox pays out to bank accounts only.', { param: 'external_account' });
  }
  return addBankAccount(tx, account, {
    ...common,
    number: textOf(given, 'account_number') ?? '',
    country: textOf(given, 'country'),
    currency: textOf(given, 'currency'),
    holder: textOf(given, 'account_holder_name'),
    holderType: textOf(given, 'account_holder_type'),
    routing: textOf(given, 'routing_number'),
  });
}

/** POST /v1/accounts/{id}/external_accounts */
export function createExternalAccount(call: Call): JsonObject {
  const found = findAccount(call, call.ids[0] ?? '');
  const before = structuredClone(found.data);
  const account = call.tx.edit('account', found.id);
  const metadata = mergeMetadata({}, call.params.metadata);
  const asDefault = flagOf(call.params, 'default_for_currency') ?? false;
  const bank = addGiven(call.tx, account, call.params.external_account ?? '', asDefault, metadata);
  refreshAccount(call.tx, account.id, before);
  return bank.data;
}
