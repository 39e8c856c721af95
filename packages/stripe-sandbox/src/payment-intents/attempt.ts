import { bookCharge } from '../charges/book.ts';
import { createCharge } from '../charges/create.ts';
import { failureMessage } from '../charges/declines.ts';
import { disputeSoon } from '../disputes/open.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import { StripeError } from '../http/errors.ts';
import type { JsonObject } from '../json.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

type Intent = Stored<'payment_intent'>;
type Method = Stored<'payment_method'>;
type Decline = { code: string; declineCode?: string };

const bookingDelayMs = 50;

function keepMethod(tx: Transaction, intent: Intent, method: Method, authenticated: boolean): void {
  const kept = tx.edit('payment_method', method.id);
  const { customer, setup_future_usage: usage } = intent.data;
  if (customer !== null && usage !== null && kept.data.customer === null) {
    kept.data.customer = customer;
    emit(tx, 'payment_method.attached', kept.data, kept.account);
  }
  if (authenticated && usage === 'off_session') kept.hidden.authenticated = true;
  if (kept.data.customer === null) kept.hidden.consumed = true;
}

/** Marks the intent as open again after a failed attempt, with the reason on it. */
export function reopen(tx: Transaction, intent: Intent, method: Method, error: JsonObject): void {
  const { data } = intent;
  data.status = 'requires_payment_method';
  data.payment_method = null;
  data.next_action = null;
  data.last_payment_error = { ...error, payment_method: structuredClone(method.data), type: 'card_error' };
  emit(tx, 'payment_intent.payment_failed', data, intent.account);
}

/** Records a refused charge and gives back the error the caller may throw; its changes are kept. */
export function failIntent(tx: Transaction, intent: Intent, method: Method, decline: Decline): StripeError {
  const charge = createCharge(tx, intent, method, { captured: false, authenticated: false, decline });
  intent.data.latest_charge = charge.id;
  emit(tx, 'charge.failed', charge.data, charge.account);
  const message = failureMessage(decline);
  const details = {
    charge: charge.id,
    code: decline.code,
    decline_code: decline.declineCode,
    ...(decline.code === 'incorrect_cvc' ? { param: 'cvc' } : {}),
    ...(decline.code === 'expired_card' ? { param: 'exp_month' } : {}),
  };
  const documented = `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`;
  reopen(tx, intent, method, { ...details, doc_url: documented, message });
  const shown = {
    payment_intent: structuredClone(intent.data),
    payment_method: structuredClone(method.data),
  };
  return new StripeError(402, 'card_error', message, { ...details, ...shown }, { keepsChanges: true });
}

/** Charges the card. The answer is the decline, or nothing when the money was taken or authorised. */
export function attemptPayment(
  tx: Transaction,
  intent: Intent,
  method: Method,
  authenticated: boolean,
): StripeError | undefined {
  const { decline } = effectOf(method.hidden.number);
  if (decline !== undefined) return failIntent(tx, intent, method, decline);
  const { data } = intent;
  const captured = data.capture_method !== 'manual';
  const charge = createCharge(tx, intent, method, { captured, authenticated });
  data.latest_charge = charge.id;
  data.next_action = null;
  data.last_payment_error = null;
  keepMethod(tx, intent, method, authenticated);
  if (data.capture_method === 'automatic') bookCharge(tx, charge.id);
  if (data.capture_method === 'automatic_async') {
    const dueMs = tx.nowMs + bookingDelayMs;
    schedule(tx, { name: 'book_charge', subject: charge.id, account: charge.account, dueMs, soon: true });
  }
  emit(tx, 'charge.succeeded', charge.data, charge.account);
  if (captured) {
    disputeSoon(tx, charge);
    data.status = 'succeeded';
    data.amount_received = data.amount;
    emit(tx, 'payment_intent.succeeded', data, intent.account);
  } else {
    data.status = 'requires_capture';
    data.amount_capturable = data.amount;
    emit(tx, 'payment_intent.amount_capturable_updated', data, intent.account);
  }
  return undefined;
}
