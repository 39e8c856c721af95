import { emit } from '../events/emit.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { reinstateFunds, withBank } from './money.ts';
import { dueBy } from './object.ts';
import { beginChargeback } from './open.ts';

export type Outcome = 'won' | 'lost' | 'warning_closed';

export function isInquiry(dispute: Stored<'dispute'>): boolean {
  return dispute.data.status.startsWith('warning_');
}

export function isOpen(dispute: Stored<'dispute'>): boolean {
  return !['won', 'lost', 'warning_closed'].includes(dispute.data.status);
}

/** The bank decides. An inquiry closes; a chargeback is won, and the money comes back, or lost. */
export function resolveDispute(tx: Transaction, id: string, outcome: Outcome): Stored<'dispute'> {
  const found = tx.get('dispute', id);
  if (!isOpen(found)) throw new Error(`${id} is closed: its status is ${found.data.status}`);
  if (isInquiry(found) !== (outcome === 'warning_closed')) {
    throw new Error(`${id} is ${isInquiry(found) ? 'an inquiry' : 'a chargeback'} and cannot be ${outcome}`);
  }
  const dispute = tx.edit('dispute', id);
  dispute.data.status = outcome;
  dispute.data.is_charge_refundable = outcome !== 'lost';
  if (outcome === 'won') reinstateFunds(tx, dispute);
  emit(tx, 'charge.dispute.closed', dispute.data, dispute.account);
  if (outcome === 'won') emit(tx, 'charge.dispute.funds_reinstated', dispute.data, dispute.account);
  return dispute;
}

/** The bank decides otherwise after a loss: the money, or a part of it, comes back. (choice) With the last of it it is won. */
export function overturnDispute(tx: Transaction, id: string, amount?: number): void {
  const found = tx.get('dispute', id);
  const left = withBank(found);
  if (found.data.status !== 'lost') throw new Error(`${id} is not lost: its status is ${found.data.status}`);
  if (amount !== undefined && amount > left) throw new Error(`the bank has only ${left} by ${id}`);
  const dispute = tx.edit('dispute', id);
  const before = structuredClone(dispute.data);
  if ((amount ?? left) === left) {
    dispute.data.status = 'won';
    dispute.data.is_charge_refundable = true;
  }
  reinstateFunds(tx, dispute, amount ?? left);
  emit(tx, 'charge.dispute.updated', dispute.data, dispute.account, before);
  emit(tx, 'charge.dispute.funds_reinstated', dispute.data, dispute.account);
}

/** The cardholder is not content with the answer to an inquiry: it becomes a chargeback. */
export function escalateInquiry(tx: Transaction, id: string): Stored<'dispute'> {
  const found = tx.get('dispute', id);
  if (!isInquiry(found) || !isOpen(found)) throw new Error(`${id} is no open inquiry`);
  const dispute = tx.edit('dispute', id);
  const before = structuredClone(dispute.data);
  const { data } = dispute;
  const charge = tx.get('charge', data.charge).data;
  data.status = 'needs_response';
  data.amount = Math.min(data.amount, charge.amount - charge.amount_refunded);
  data.is_charge_refundable = false;
  data.evidence_details = {
    ...data.evidence_details,
    due_by: dueBy(tx.nowMs),
    past_due: false,
    submission_count: 0,
    submission_method: 'not_submitted',
  };
  const details = structuredClone(data.payment_method_details) as { card: { case_type: string } };
  details.card.case_type = 'chargeback';
  data.payment_method_details = details;
  beginChargeback(tx, dispute);
  emit(tx, 'charge.dispute.updated', data, dispute.account, before);
  emit(tx, 'charge.dispute.funds_withdrawn', data, dispute.account);
  return dispute;
}

/** Task: nobody answered in time. A chargeback is lost; (choice) an inquiry closes. */
export function passDue(tx: Transaction, id: string): void {
  const dispute = tx.get('dispute', id);
  const waits = dispute.data.status === 'needs_response' || dispute.data.status === 'warning_needs_response';
  // An escalated inquiry was given more time.
  if (!waits || Number(dispute.data.evidence_details.due_by) >= tx.now) return;
  tx.edit('dispute', id).data.evidence_details = { ...dispute.data.evidence_details, past_due: true };
  resolveDispute(tx, id, isInquiry(dispute) ? 'warning_closed' : 'lost');
}

/** A refund of the whole charge is an answer to an inquiry that leaves nothing to ask. */
export function closeInquiryOf(tx: Transaction, chargeId: string): void {
  const open = tx.all('dispute').find((dispute) => dispute.data.charge === chargeId && isOpen(dispute));
  if (open !== undefined && isInquiry(open)) resolveDispute(tx, open.id, 'warning_closed');
}

/** Task: the bank has read the evidence, which in test mode says how to decide. */
export function decideByEvidence(tx: Transaction, id: string): void {
  const dispute = tx.get('dispute', id);
  if (!isOpen(dispute)) return;
  const text = dispute.data.evidence.uncategorized_text;
  const inquiry = isInquiry(dispute);
  if (text === 'escalate_inquiry_evidence' && inquiry) escalateInquiry(tx, id);
  else if (text === 'winning_evidence') resolveDispute(tx, id, inquiry ? 'warning_closed' : 'won');
  else if (text === 'losing_evidence') resolveDispute(tx, id, inquiry ? 'warning_closed' : 'lost');
}
