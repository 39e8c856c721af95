import { createHash } from 'node:crypto';
import { newId } from '../engine/ids.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, StripeError } from '../http/errors.ts';
import { addressOf, integerOf, objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';
import { useToken } from '../tokens/use.ts';
import { numberOfName, passesLuhn, testCard } from './test-cards.ts';

type Expiry = { month: number; year: number };

function billingDetails(given: JsonObject): JsonObject {
  return {
    address: addressOf(given.address ?? {}),
    email: textOf(given, 'email') ?? null,
    name: textOf(given, 'name') ?? null,
    phone: textOf(given, 'phone') ?? null,
    tax_id: textOf(given, 'tax_id') ?? null,
  };
}

export function cardObject(number: string, expiry: Expiry): JsonObject {
  const { brand, country, funding } = testCard(number) ?? { brand: 'visa', country: 'US', funding: 'credit' };
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'unchecked' },
    country,
    display_brand: brand === 'amex' ? 'american_express' : brand,
    exp_month: expiry.month,
    exp_year: expiry.year,
    fingerprint: createHash('sha256')
      .update(number)
      .digest('base64url')
      .replaceAll(/[-_]/g, '0')
      .slice(0, 16),
    funding,
    generated_from: null,
    last4: number.slice(-4),
    networks: { available: [brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

/** Makes the payment method of a card, not yet anybody's. */
export function newCardMethod(
  call: Call,
  number: string,
  options: { expiry?: Expiry; billing?: JsonObject; metadata?: JsonObject; redisplay?: string } = {},
): Stored<'payment_method'> {
  const id = newId('pm');
  const nextYear = new Date(call.tx.nowMs).getUTCFullYear() + 1;
  return call.tx.insert('payment_method', {
    id,
    account: call.account,
    data: {
      id,
      object: 'payment_method',
      allow_redisplay: options.redisplay ?? 'unspecified',
      billing_details: billingDetails(options.billing ?? {}),
      card: cardObject(number, options.expiry ?? { month: 12, year: nextYear }),
      created: call.tx.now,
      customer: null,
      customer_account: null,
      livemode: false,
      metadata: options.metadata ?? {},
      type: 'card',
    },
    hidden: { number },
  });
}

function cardError(code: string, message: string, param: string, declineCode?: string): StripeError {
  return new StripeError(402, 'card_error', message, { code, param, decline_code: declineCode });
}

/** The card number given in the clear, or stood for by a name such as `tok_visa`. */
export function numberOf(card: JsonObject): string {
  const token = textOf(card, 'token');
  if (token !== undefined) {
    const named = numberOfName(token);
    if (named !== undefined) return named;
    throw invalidRequest(
      `No such token: '${token}'`,
      { code: 'resource_missing', param: 'card[token]' },
      404,
    );
  }
  const number = (textOf(card, 'number') ?? '').replaceAll(/[ -]/g, '');
  if (number === '')
    throw invalidRequest('Missing required param: card[number].', {
      code: 'parameter_missing',
      param: 'card[number]',
    });
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) {
    throw cardError('incorrect_number', 'Your card number is incorrect.', 'number');
  }
  if (testCard(number) === undefined) {
    const message = 'Your card was declined. Your request was in test mode, but used a non test card.';
    throw cardError('card_declined', message, '', 'test_mode_live_card');
  }
  return number;
}

export function expiryOf(call: Call, card: JsonObject): Expiry | undefined {
  const month = integerOf(card, 'exp_month');
  const year = integerOf(card, 'exp_year');
  if (month === undefined || year === undefined) {
    if (textOf(card, 'token') !== undefined) return undefined;
    const param = month === undefined ? 'card[exp_month]' : 'card[exp_year]';
    throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  const now = new Date(call.tx.nowMs);
  const full = year < 100 ? 2000 + year : year;
  if (month < 1 || month > 12) {
    throw cardError('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  }
  if (full < now.getUTCFullYear() || (full === now.getUTCFullYear() && month < now.getUTCMonth() + 1)) {
    throw cardError('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  }
  return { month, year: full };
}

/** POST /v1/payment_methods */
export function createPaymentMethod(call: Call): JsonObject {
  const { params } = call;
  if (textOf(params, 'type') !== 'card') {
    throw invalidRequest('The sandbox knows payment methods of the type card only.', { param: 'type' });
  }
  const card = objectOf(params, 'card');
  const token = useToken(call.tx, textOf(card, 'token') ?? '', 'card', 'card[token]')?.hidden;
  const number = token?.number ?? numberOf(card);
  const expiry = token?.expiry ?? expiryOf(call, card);
  return newCardMethod(call, number, {
    ...(expiry === undefined ? {} : { expiry }),
    billing: objectOf(params, 'billing_details'),
    metadata: mergeMetadata({}, params.metadata),
    redisplay: textOf(params, 'allow_redisplay') ?? 'unspecified',
  }).data;
}
