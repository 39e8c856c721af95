import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import type { Transaction } from '../store/transaction.ts';

/** The issuer reports a payment as fraud before anybody disputes it. Told by the event alone. */
export function warnOfFraud(tx: Transaction, chargeId: string): void {
  const { account, data } = tx.get('charge', chargeId);
  const warning = {
    id: newId('issfr'),
    object: 'radar.early_fraud_warning',
    actionable: !data.disputed && !data.refunded,
    charge: chargeId,
    created: tx.now,
    fraud_type: 'unauthorized_use_of_card',
    livemode: false,
    payment_intent: data.payment_intent,
  };
  emit(tx, 'radar.early_fraud_warning.created', warning, account);
}
