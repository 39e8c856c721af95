import { bookLater } from '../charges/book.ts';
import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import { effectOf } from '../payment-methods/test-cards.ts';
import { failPendingRefunds } from '../refunds/fail.ts';
import type { Charge, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { withdrawFunds } from './money.ts';
import { disputeObject } from './object.ts';

const afterPaymentMs = 100;

export type DisputeOptions = { reason?: string; amount?: number; inquiry?: boolean };

/** Why a charge cannot be disputed for this amount, if it cannot. */
function refusal(tx: Transaction, charge: Charge, amount: number): string | undefined {
  if (charge.status !== 'succeeded' || !charge.captured) return 'it has not been captured';
  if (charge.source_transfer !== null) return 'it is the payment of a transfer';
  if (openDisputeOf(tx, charge.id) !== undefined) return 'it is disputed already';
  if (lostAmount(tx, charge.id) > 0) return 'a dispute of it was lost';
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) return 'it has been refunded';
  return amount >= 1 && amount <= left ? undefined : `the amount must be from 1 to ${left}`;
}

/** Why what is left of a charge cannot be disputed now, if it cannot. */
export function whyUndisputable(tx: Transaction, chargeId: string): string | undefined {
  const { data } = tx.get('charge', chargeId);
  return refusal(tx, data, data.amount - data.amount_refunded);
}

const closed = new Set(['won', 'lost', 'warning_closed']);

export function openDisputeOf(tx: Transaction, chargeId: string): Stored<'dispute'> | undefined {
  return tx.all('dispute').find(({ data }) => data.charge === chargeId && !closed.has(data.status));
}

/** What the cardholder has got back through the bank for good, in minor units. */
export function lostAmount(tx: Transaction, chargeId: string): number {
  const lost = tx.all('dispute').filter(({ data }) => data.charge === chargeId && data.status === 'lost');
  return lost.reduce((sum, { data }) => sum + data.amount, 0);
}

function waitForAnswer(tx: Transaction, dispute: Stored<'dispute'>): void {
  const dueMs = (Number(dispute.data.evidence_details.due_by) + 1) * 1000;
  schedule(tx, { name: 'dispute_due', subject: dispute.id, account: dispute.account, dueMs });
}

/** Takes the money of a chargeback and tells of it. */
export function beginChargeback(tx: Transaction, dispute: Stored<'dispute'>): void {
  failPendingRefunds(tx, dispute.data.charge);
  withdrawFunds(tx, dispute);
  waitForAnswer(tx, dispute);
}

/** The cardholder's bank disputes a charge, or asks about it. Throws when that cannot be. */
export function openDispute(
  tx: Transaction,
  chargeId: string,
  options: DisputeOptions = {},
): Stored<'dispute'> {
  const found = tx.get('charge', chargeId).data;
  const inquiry = options.inquiry === true;
  const amount = options.amount ?? found.amount - found.amount_refunded;
  const problem = refusal(tx, found, amount);
  if (problem !== undefined) throw new Error(`${chargeId} cannot be disputed: ${problem}`);
  bookLater(tx, chargeId);
  const charge = tx.edit('charge', chargeId);
  charge.data.disputed = true;
  const reason = options.reason ?? (inquiry ? 'general' : 'fraudulent');
  const id = newId('du');
  const dispute = tx.insert('dispute', {
    id,
    account: charge.account,
    data: disputeObject(charge.data, { id, nowMs: tx.nowMs, amount, reason, inquiry }),
    hidden: {},
  });
  if (inquiry) waitForAnswer(tx, dispute);
  else beginChargeback(tx, dispute);
  emit(tx, 'charge.dispute.created', dispute.data, dispute.account);
  if (!inquiry) emit(tx, 'charge.dispute.funds_withdrawn', dispute.data, dispute.account);
  return dispute;
}

/** Some test cards are disputed as soon as they have paid. */
export function disputeSoon(tx: Transaction, charge: Stored<'charge'>): void {
  if (effectOf(charge.hidden.number ?? '').dispute === undefined) return;
  const dueMs = tx.nowMs + afterPaymentMs;
  schedule(tx, { name: 'test_dispute', subject: charge.id, account: charge.account, dueMs, soon: true });
}

/** Task: what the test card does. Whoever was quicker with a refund has no dispute. */
export function openTestDispute(tx: Transaction, chargeId: string): void {
  const charge = tx.get('charge', chargeId);
  const { dispute } = effectOf(charge.hidden.number ?? '');
  if (dispute === undefined || refusal(tx, charge.data, 1) !== undefined) return;
  openDispute(tx, chargeId, dispute);
}
