import { newId } from '../engine/ids.ts';
import { bankObject, checkNumber } from '../external-accounts/create.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { cardObject, expiryOf, numberOf } from '../payment-methods/create.ts';
import type { TokenSecret } from '../store/kinds.ts';

function bankToken(call: Call, given: JsonObject): { shown: JsonObject; secret: TokenSecret } {
  const number = textOf(given, 'account_number') ?? '';
  checkNumber(number, 'bank_account[account_number]');
  const { account, available_payout_methods, metadata, default_for_currency, ...shown } = bankObject(
    call.tx.get('account', call.account),
    {
      number,
      country: textOf(given, 'country'),
      currency: textOf(given, 'currency'),
      holder: textOf(given, 'account_holder_name'),
      holderType: textOf(given, 'account_holder_type'),
      routing: textOf(given, 'routing_number'),
    },
    newId('ba'),
  );
  return { shown, secret: { number } };
}

function cardToken(call: Call, given: JsonObject): { shown: JsonObject; secret: TokenSecret } {
  const number = numberOf(given);
  // Here, unlike elsewhere, month and year are texts.
  const [month, year] = [Number(given.exp_month), Number(given.exp_year)];
  const expiry = expiryOf(call, { ...given, exp_month: month, exp_year: year }) ?? {
    month: 12,
    year: new Date(call.tx.nowMs).getUTCFullYear() + 1,
  };
  const { brand, country, fingerprint, funding, last4, regulated_status } = cardObject(number, expiry);
  const lines = ['city', 'country', 'line1', 'line2', 'state', 'zip'];
  const address = lines.map((name) => [`address_${name}`, textOf(given, `address_${name}`) ?? null]);
  const shown = {
    id: newId('card'),
    object: 'card',
    ...Object.fromEntries(address),
    address_line1_check: null,
    address_zip_check: null,
    brand,
    country,
    cvc_check: textOf(given, 'cvc') === undefined ? null : 'unchecked',
    dynamic_last4: null,
    exp_month: expiry.month,
    exp_year: expiry.year,
    fingerprint,
    funding,
    last4,
    metadata: {},
    name: textOf(given, 'name') ?? null,
    networks: { preferred: null },
    regulated_status,
    tokenization_method: null,
  };
  return { shown, secret: { number, expiry } };
}

/** POST /v1/tokens: of a card or a bank account. */
export function createToken(call: Call): JsonObject {
  const kinds = ['bank_account', 'card'] as const;
  const kind = kinds.find((name) => call.params[name] !== undefined && call.params[name] !== '');
  if (kind === undefined) {
    throw invalidRequest('The sandbox makes tokens of cards and bank accounts only.', {
      code: 'parameter_missing',
      param: 'card',
    });
  }
  const given = objectOf(call.params, kind);
  const { shown, secret } = kind === 'card' ? cardToken(call, given) : bankToken(call, given);
  const id = newId(kind === 'card' ? 'tok' : 'btok');
  return call.tx.insert('token', {
    id,
    account: call.account,
    data: {
      id,
      object: 'token',
      [kind]: shown,
      client_ip: null,
      created: call.tx.now,
      livemode: false,
      type: kind,
      used: false,
    },
    hidden: secret,
  }).data;
}

/** GET /v1/tokens/{id} */
export function retrieveToken(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('token', id);
  if (record === undefined || record.account !== call.account) throw noSuch('token', id, 'token');
  return record.data;
}
