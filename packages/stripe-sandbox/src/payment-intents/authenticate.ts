import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { attemptPayment, reopen } from './attempt.ts';

export const authenticationFailure =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.';

/** What the payer did on the bank's page. A decline after that is on the intent, not thrown. */
export function finishAuthentication(
  tx: Transaction,
  id: string,
  outcome: 'succeed' | 'fail',
): Stored<'payment_intent'> {
  const found = tx.find('payment_intent', id);
  if (found === undefined) throw new Error(`No such payment_intent: '${id}'`);
  if (found.data.status !== 'requires_action' || found.data.payment_method === null) {
    throw new Error(`${id} waits for no authentication: its status is ${found.data.status}`);
  }
  const intent = tx.edit('payment_intent', id);
  const method = tx.get('payment_method', found.data.payment_method);
  if (outcome === 'succeed') attemptPayment(tx, intent, method, true);
  else {
    const code = 'payment_intent_authentication_failure';
    const documented = 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure';
    reopen(tx, intent, method, { code, doc_url: documented, message: authenticationFailure });
  }
  return intent;
}
