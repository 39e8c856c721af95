import { randomText } from '../engine/ids.ts';
import { hostedPrefix } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { flagOf, objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { checkReturnUrl, methodGiven } from '../payment-intents/confirm.ts';
import { alreadyUsed, declinesOnlyCharges } from '../payment-methods/attach.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { redeemed } from '../tokens/confirmation.ts';
import { decline, failAuthentication, succeed } from './attempt.ts';
import { findSetup, unexpectedState } from './find.ts';
import { checkOwner } from './options.ts';

type Setup = Stored<'setup_intent'>;
type Method = Stored<'payment_method'>;

function needsAuthentication(call: Call, method: Method): boolean {
  const card = objectOf(objectOf(call.params, 'payment_method_options'), 'card');
  const wanted = textOf(card, 'request_three_d_secure');
  if (wanted === 'any' || wanted === 'challenge') return true;
  const { authentication } = effectOf(method.hidden.number);
  return (
    authentication === 'always' || (authentication === 'unlessSetUp' && method.hidden.authenticated !== true)
  );
}

function requireAction(call: Call, intent: Setup): void {
  const { data } = intent;
  const url = `${hostedPrefix}/_sandbox/3ds/${data.id}`;
  const returnUrl = textOf(call.params, 'return_url') ?? null;
  const handledBySdk = flagOf(call.params, 'use_stripe_sdk') === true || returnUrl === null;
  data.status = 'requires_action';
  data.next_action = handledBySdk
    ? {
        type: 'use_stripe_sdk',
        use_stripe_sdk: {
          type: 'three_d_secure_redirect',
          stripe_js: url,
          source: `setatt_${randomText(24)}`,
        },
      }
    : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
  intent.hidden.returnUrl = returnUrl;
  emit(call.tx, 'setup_intent.requires_action', data, intent.account);
}

/** Tries to set the card up. Throws the decline, with everything the attempt left behind kept. */
export function confirm(given: Call, intent: Setup): void {
  const call = redeemed(given, 'setup_intent', intent.id);
  const { data } = intent;
  const stored = data.payment_method;
  const method = methodGiven(call) ?? (stored === null ? undefined : call.tx.get('payment_method', stored));
  if (method === undefined) {
    throw unexpectedState(
      intent,
      "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the " +
        'SetupIntent with a payment method and then confirm it again, or confirm it again directly with a ' +
        'payment method.',
    );
  }
  checkReturnUrl(call, data);
  checkOwner(data, method);
  if (method.hidden.consumed === true) throw alreadyUsed();
  data.payment_method = method.id;
  data.last_setup_error = null;
  data.next_action = null;
  if (needsAuthentication(call, method)) {
    requireAction(call, intent);
    return;
  }
  const { decline: refusal } = effectOf(method.hidden.number);
  if (refusal !== undefined && method.hidden.number !== declinesOnlyCharges)
    throw decline(call.tx, intent, method, refusal);
  succeed(call.tx, intent, method, false);
}

/** POST /v1/setup_intents/{id}/confirm */
export function confirmSetup(call: Call): JsonObject {
  const found = findSetup(call);
  if (!found.data.status.startsWith('requires_')) {
    throw unexpectedState(
      found,
      `You cannot confirm this SetupIntent because it has a status of ${found.data.status}.`,
    );
  }
  const intent = call.tx.edit('setup_intent', found.id);
  confirm(call, intent);
  return intent.data;
}

/** What the payer did on the bank's page. */
export function finishSetup(tx: Transaction, id: string, outcome: 'succeed' | 'fail'): Setup {
  const found = tx.get('setup_intent', id);
  if (found.data.status !== 'requires_action' || found.data.payment_method === null) {
    throw new Error(`${id} waits for no authentication: its status is ${found.data.status}`);
  }
  const intent = tx.edit('setup_intent', id);
  const method = tx.get('payment_method', found.data.payment_method);
  if (outcome === 'succeed') succeed(tx, intent, method, true);
  else failAuthentication(tx, intent, method);
  return intent;
}
