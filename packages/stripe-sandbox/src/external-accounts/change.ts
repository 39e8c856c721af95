import { findAccount } from '../accounts/find.ts';
import { refreshAccount } from '../accounts/readiness.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { page, satisfies } from '../http/list.ts';
import { assignGiven, flagOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';
import { makeDefault } from './create.ts';

function find(call: Call): { account: Stored<'account'>; bank: Stored<'bank_account'> } {
  const account = findAccount(call, call.ids[0] ?? '');
  const id = call.ids[1] ?? '';
  const bank = call.tx.find('bank_account', id);
  if (bank === undefined || bank.data.account !== account.id || bank.hidden.deleted) {
    throw noSuch('external account', id, 'id');
  }
  return { account, bank };
}

/** GET /v1/accounts/{id}/external_accounts/{id} */
export function retrieveExternalAccount(call: Call): JsonObject {
  return find(call).bank.data;
}

/** GET /v1/accounts/{id}/external_accounts */
export function listExternalAccounts(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  const banks = call.tx
    .all('bank_account')
    .filter(({ data, hidden }) => data.account === account.id && !hidden.deleted)
    .filter(({ data }) => call.params.object === undefined || satisfies(data.object, call.params.object));
  return page(call, banks.reverse() as Stored[]);
}

/** POST /v1/accounts/{id}/external_accounts/{id} */
export function updateExternalAccount(call: Call): JsonObject {
  const { account, bank } = find(call);
  const accountBefore = structuredClone(account.data);
  const before = structuredClone(bank.data);
  const { data } = call.tx.edit('bank_account', bank.id);
  assignGiven(data, call.params, ['account_holder_name', 'account_holder_type', 'account_type']);
  data.metadata = mergeMetadata(data.metadata, call.params.metadata);
  if (flagOf(call.params, 'default_for_currency') === true)
    makeDefault(call.tx, account.id, bank.id, data.currency);
  emit(call.tx, 'account.external_account.updated', data, account.id, before);
  refreshAccount(call.tx, account.id, accountBefore);
  return data;
}

/** DELETE /v1/accounts/{id}/external_accounts/{id} */
export function deleteExternalAccount(call: Call): JsonObject {
  const { account, bank } = find(call);
  if (bank.data.default_for_currency === true && bank.data.currency === account.data.default_currency) {
    throw invalidRequest(
      'You cannot delete the default external account for your default currency. Please make another external ' +
        'account the default using the `default_for_currency` param, and then delete this one.',
    );
  }
  const before = structuredClone(account.data);
  const record = call.tx.edit('bank_account', bank.id);
  record.hidden.deleted = true;
  emit(call.tx, 'account.external_account.deleted', record.data, account.id);
  refreshAccount(call.tx, account.id, before);
  return { id: bank.id, object: 'bank_account', currency: bank.data.currency, deleted: true };
}
