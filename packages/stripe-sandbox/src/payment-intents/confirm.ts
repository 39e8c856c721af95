import { randomText } from '../engine/ids.ts';
import { hostedPrefix } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { flagOf, objectOf, textOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';
import { alreadyUsed } from '../payment-methods/attach.ts';
import { newCardMethod } from '../payment-methods/create.ts';
import { findPaymentMethod } from '../payment-methods/find.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import type { Stored } from '../store/kinds.ts';
import { redeemed } from '../tokens/confirmation.ts';
import { attemptPayment, failIntent } from './attempt.ts';
import { findIntent, unexpectedState } from './find.ts';
import { applyOptions, checkOwner } from './options.ts';

type Intent = Stored<'payment_intent'>;
type Method = Stored<'payment_method'>;

/** The payment method a request names, if it does. */
export function methodGiven(call: Call): Method | undefined {
  const id = textOf(call.params, 'payment_method');
  if (id !== undefined) return findPaymentMethod(call, id, 'payment_method');
  const given = objectOf(call.params, 'payment_method_data');
  if (textOf(given, 'type') === undefined) return undefined;
  if (given.type !== 'card') {
    throw invalidRequest('The sandbox knows payment methods of the type card only.', {
      param: 'payment_method_data[type]',
    });
  }
  // The API description has no card numbers here (those go through a payment method), so it is the plain card.
  return newCardMethod(call, '4242424242424242', { billing: objectOf(given, 'billing_details') });
}

/** Where redirects are accepted there must be a way back. */
export function checkReturnUrl(call: Call, intent: JsonObject): void {
  const url = textOf(call.params, 'return_url');
  if (url !== undefined && !/^[a-z][a-z0-9+.-]*:/i.test(url)) {
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: 'return_url' });
  }
  const automatic = intent.automatic_payment_methods;
  const redirects =
    isObject(automatic) && automatic.enabled === true && automatic.allow_redirects !== 'never';
  // Apps that confirm with a publishable key bring their own way back.
  if (!redirects || url !== undefined || call.publishable) return;
  throw invalidRequest(
    'This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of ' +
      'these payment methods might redirect your customer off of your page, you must provide a `return_url`. ' +
      "If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to " +
      '`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and ' +
      'Payment Intents.',
    { param: 'return_url' },
  );
}

function needsAuthentication(intent: Intent, method: Method): boolean {
  const options = intent.data.payment_method_options;
  const card = isObject(options) && isObject(options.card) ? options.card : {};
  if (card.request_three_d_secure === 'any' || card.request_three_d_secure === 'challenge') return true;
  const { authentication } = effectOf(method.hidden.number);
  return (
    authentication === 'always' || (authentication === 'unlessSetUp' && method.hidden.authenticated !== true)
  );
}

function requireAction(call: Call, intent: Intent): void {
  const { data } = intent;
  const url = `${hostedPrefix}/_sandbox/3ds/${data.id}`;
  const returnUrl = textOf(call.params, 'return_url') ?? null;
  const handledBySdk = flagOf(call.params, 'use_stripe_sdk') === true || returnUrl === null;
  const sdkAction: JsonObject = {
    type: 'three_d_secure_redirect',
    stripe_js: url,
    source: `payatt_${randomText(24)}`,
  };
  data.status = 'requires_action';
  data.next_action = handledBySdk
    ? { type: 'use_stripe_sdk', use_stripe_sdk: sdkAction }
    : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
  intent.hidden.returnUrl = returnUrl;
  emit(call.tx, 'payment_intent.requires_action', data, intent.account);
}

/** Tries to take the money. Throws the decline, with everything the attempt left behind kept. */
export function confirm(call: Call, intent: Intent): void {
  const { data } = intent;
  const given = methodGiven(call);
  const method =
    given ?? (data.payment_method === null ? undefined : call.tx.get('payment_method', data.payment_method));
  if (method === undefined) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the " +
        'PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a ' +
        'payment method or ConfirmationToken.',
    );
  }
  checkReturnUrl(call, data);
  checkOwner(data, method);
  if (method.hidden.consumed === true) throw alreadyUsed();
  data.payment_method = method.id;
  data.last_payment_error = null;
  data.next_action = null;
  if (!needsAuthentication(intent, method)) {
    const declined = attemptPayment(call.tx, intent, method, false);
    if (declined !== undefined) throw declined;
    return;
  }
  const offSession = call.params.off_session !== undefined && call.params.off_session !== false;
  if (!offSession && flagOf(call.params, 'error_on_requires_action') !== true) {
    requireAction(call, intent);
    return;
  }
  throw failIntent(call.tx, intent, method, {
    code: 'authentication_required',
    declineCode: 'authentication_required',
  });
}

/** POST /v1/payment_intents/{id}/confirm */
export function confirmIntent(call: Call): JsonObject {
  const found = findIntent(call);
  const { status } = found.data;
  if (
    status !== 'requires_payment_method' &&
    status !== 'requires_confirmation' &&
    status !== 'requires_action'
  ) {
    const message =
      status === 'succeeded'
        ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
        : `You cannot confirm this PaymentIntent because it has a status of ${status}.`;
    throw unexpectedState(found, message);
  }
  const intent = call.tx.edit('payment_intent', found.id);
  const capture = textOf(call.params, 'capture_method');
  if (capture !== undefined) intent.data.capture_method = capture as typeof intent.data.capture_method;
  const told = redeemed(call, 'payment_intent', found.id);
  applyOptions(told, intent.data);
  confirm(told, intent);
  return intent.data;
}
