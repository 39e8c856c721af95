import { newId } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { currencyOfCountry } from '../money/currencies.ts';
import { applyAccount } from './apply.ts';
import { controllerOf } from './controller.ts';
import { newAccount } from './defaults.ts';
import { findAccount } from './find.ts';
import { refreshAccount } from './readiness.ts';

/** POST /v1/accounts */
export function createAccount(call: Call): JsonObject {
  if (call.account !== platformId) {
    throw invalidRequest('Only platforms can create accounts.', { code: 'platform_account_required' });
  }
  const country = textOf(call.params, 'country')?.toUpperCase() ?? 'US';
  const currency = currencyOfCountry(country);
  if (currency === undefined) {
    throw invalidRequest(`${country} is not currently supported by Stripe.`, {
      code: 'country_unsupported',
      param: 'country',
    });
  }
  const { controller, type } = controllerOf(call.params);
  const id = newId('acct', 16);
  const account = call.tx.insert('account', {
    id,
    account: platformId,
    data: { ...newAccount(id, call.tx.now, country, currency), controller, type },
    hidden: { stage: 'new' },
  });
  const before = structuredClone(account.data);
  applyAccount(call, account);
  return refreshAccount(call.tx, id, before).data;
}

/** POST /v1/accounts/{id} */
export function updateAccount(call: Call): JsonObject {
  const { id, data } = findAccount(call, call.ids[0] ?? '');
  const before = structuredClone(data);
  applyAccount(call, call.tx.edit('account', id));
  return refreshAccount(call.tx, id, before).data;
}

/** DELETE /v1/accounts/{id}: only an account without money, and none on its way, can go. */
export function deleteAccount(call: Call): JsonObject {
  const { id } = findAccount(call, call.ids[0] ?? '');
  const owes = call.tx
    .all('balance')
    .some(({ account, data }) => account === id && (data.available !== 0 || data.pending !== 0));
  const underWay = call.tx
    .all('payout')
    .some(({ account, data }) => account === id && ['pending', 'in_transit'].includes(data.status));
  if (id === platformId || owes || underWay) {
    throw invalidRequest('This account cannot be deleted because its balance is not zero.', {
      code: 'account_invalid',
    });
  }
  // Kept without being seen: its payments and payouts remain those of somebody.
  call.tx.edit('account', id).hidden.gone = 'deleted';
  return { id, object: 'account', deleted: true };
}
