import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import type { JsonObject } from '../json.ts';
import { markWaiting } from '../ledger/waiting.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { isShort, takeMoney, undoRefund } from './money.ts';
import { findRefund } from './read.ts';

const referenceDelayMs = 50;

/** The card network's reference comes a moment after the refund. */
export function referenceSoon(tx: Transaction, refund: Stored<'refund'>): void {
  const { id, account } = refund;
  const dueMs = tx.nowMs + referenceDelayMs;
  schedule(tx, { name: 'refund_reference', subject: id, account, dueMs, soon: true });
}

function succeed(tx: Transaction, id: string): void {
  const refund = tx.edit('refund', id);
  const before = structuredClone(refund.data);
  refund.data.balance_transaction ??= takeMoney(tx, refund.account, refund.data);
  refund.data.status = 'succeeded';
  delete refund.data.pending_reason;
  emit(tx, 'refund.updated', refund.data, refund.account, before);
  referenceSoon(tx, refund);
}

/** Task: the bank has processed the refund of a test card that lets it wait. */
export function succeedLater(tx: Transaction, id: string): void {
  const { data } = tx.get('refund', id);
  if (data.status === 'pending' && data.pending_reason === 'processing') succeed(tx, id);
}

/** Task: refunds that waited for money go out, oldest first, as far as it reaches. */
export function fundRefunds(tx: Transaction, account: string): void {
  const waiting = tx
    .all('refund')
    .filter((refund) => refund.account === account && refund.data.pending_reason === 'insufficient_funds');
  const left = waiting.filter(({ id, data }) => {
    if (isShort(tx, account, tx.get('charge', data.charge).data, data.amount)) return true;
    succeed(tx, id);
    return false;
  });
  if (left.length === 0) markWaiting(tx, account, false);
}

/** POST /v1/refunds/{id}/cancel: (choice) while it is pending, for whatever reason. */
export function cancelRefund(call: Call): JsonObject {
  const { tx } = call;
  const { id, data } = findRefund(call);
  if (data.status !== 'pending') {
    throw invalidRequest(`Refunds with the status ${data.status} cannot be canceled.`, { param: 'id' });
  }
  const refund = tx.edit('refund', id);
  const before = structuredClone(refund.data);
  const chargeBefore = structuredClone(tx.get('charge', data.charge).data);
  undoRefund(tx, refund);
  refund.data.status = 'canceled';
  refund.data.failure_reason = 'merchant_request';
  emit(tx, 'refund.updated', refund.data, refund.account, before);
  emit(tx, 'charge.refund.updated', refund.data, refund.account, before);
  emit(tx, 'charge.updated', tx.get('charge', data.charge).data, refund.account, chargeBefore);
  return refund.data;
}
