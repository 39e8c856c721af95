import { emit } from '../events/emit.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { undoRefund } from './money.ts';

export const failureReasons = [
  'lost_or_stolen_card',
  'expired_or_canceled_card',
  'charge_for_pending_refund_disputed',
  'insufficient_funds',
  'declined',
  'merchant_request',
  'unknown',
] as const;
export type RefundFailure = (typeof failureReasons)[number];

/** The card's bank sends a refund back, also after it had succeeded. Throws when it is over already. */
export function failRefund(tx: Transaction, id: string, reason: RefundFailure): Stored<'refund'> {
  const found = tx.get('refund', id).data;
  if (found.status !== 'pending' && found.status !== 'succeeded') {
    throw new Error(`${id} cannot fail: its status is ${found.status}`);
  }
  if (typeof found.source_transfer_reversal === 'string')
    throw new Error(`${id} belongs to a transfer reversal`);
  const refund = tx.edit('refund', id);
  const before = structuredClone(refund.data);
  const chargeBefore = structuredClone(tx.get('charge', found.charge).data);
  undoRefund(tx, refund);
  refund.data.status = 'failed';
  refund.data.failure_reason = reason;
  emit(tx, 'refund.failed', refund.data, refund.account);
  emit(tx, 'refund.updated', refund.data, refund.account, before);
  emit(tx, 'charge.refund.updated', refund.data, refund.account, before);
  emit(tx, 'charge.updated', tx.get('charge', found.charge).data, refund.account, chargeBefore);
  return refund;
}

/** A chargeback overtakes the refunds of its charge that are still on their way. */
export function failPendingRefunds(tx: Transaction, chargeId: string): void {
  const pending = tx
    .all('refund')
    .filter(({ data }) => data.charge === chargeId && data.status === 'pending');
  for (const { id } of pending) failRefund(tx, id, 'charge_for_pending_refund_disputed');
}

/** Task: what the test card for failing refunds does. */
export function failLater(tx: Transaction, id: string): void {
  if (tx.get('refund', id).data.status === 'succeeded') failRefund(tx, id, 'expired_or_canceled_card');
}
