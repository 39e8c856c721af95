import { newId } from '../engine/ids.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { JsonObject } from '../json.ts';
import { postEntry } from '../ledger/post.ts';
import type { Payout, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export type NewPayout = {
  account: string;
  /** Minor units; below zero when it takes money back from the bank. */
  amount: number;
  currency: string;
  destination: string;
  method: string;
  automatic: boolean;
  description?: string | null;
  metadata?: JsonObject;
  statementDescriptor?: string | null;
  originalPayout?: string;
};

/** (choice) Sent after an hour, there at the start of the second day after; instant ones within half an hour. */
function timetable(nowMs: number, method: string): { inTransitMs: number; arrivalMs: number } {
  if (method === 'instant') return { inTransitMs: nowMs + minuteMs, arrivalMs: nowMs + 30 * minuteMs };
  return { inTransitMs: nowMs + hourMs, arrivalMs: Math.floor(nowMs / dayMs) * dayMs + 2 * dayMs };
}

function payoutObject(id: string, now: number, arrivalMs: number, entry: string, payout: NewPayout): Payout {
  return {
    id,
    object: 'payout',
    amount: payout.amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: Math.floor(arrivalMs / 1000),
    automatic: payout.automatic,
    balance_transaction: entry,
    created: now,
    currency: payout.currency,
    description: payout.description ?? null,
    destination: payout.destination,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: payout.metadata ?? {},
    method: payout.method,
    original_payout: payout.originalPayout ?? null,
    payout_method: null,
    reconciliation_status: payout.automatic ? 'in_progress' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: payout.statementDescriptor ?? null,
    status: 'pending',
    trace_id: { status: 'pending', value: null },
    type: 'bank_account',
  };
}

/** Sends money to a bank: it leaves the balance at once. What is taken back from a bank counts on arrival. */
export function makePayout(tx: Transaction, payout: NewPayout): Stored<'payout'> {
  const { account, amount, currency, method } = payout;
  const id = newId('po');
  const { inTransitMs, arrivalMs } = timetable(tx.nowMs, method);
  const entry = postEntry(tx, {
    account,
    amount: -amount,
    currency,
    type: 'payout',
    category: amount < 0 ? 'payout_reversal' : 'payout',
    source: id,
    description: payout.description ?? 'STRIPE PAYOUT',
    availableAtMs: amount < 0 ? arrivalMs : tx.nowMs,
  });
  const record = tx.insert('payout', {
    id,
    account,
    data: payoutObject(id, tx.now, arrivalMs, entry.id, payout),
    hidden: {},
  });
  schedule(tx, { name: 'payout_in_transit', subject: id, account, dueMs: inTransitMs });
  schedule(tx, { name: 'payout_arrival', subject: id, account, dueMs: arrivalMs });
  emit(tx, 'payout.created', record.data, account);
  return record;
}
