import { platformId } from '../engine/platform.ts';
import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import { isObject, type JsonObject } from '../json.ts';
import { payoutStep } from '../money/currencies.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { defaultBank } from './create.ts';
import { makePayout } from './make.ts';

const dayMs = 24 * 60 * 60 * 1000;
const reconciliationMs = 100;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** Has the schedules looked at every midnight, and lets the platform keep what it holds for others. */
export function ensureSchedules(tx: Transaction): void {
  if (tx.all('task').some(({ data }) => data.name === 'payout_schedules')) return;
  const platform = tx.edit('account', platformId).data;
  if (isObject(platform.settings.payouts))
    platform.settings.payouts.schedule = { delay_days: 2, interval: 'manual' };
  nextMidnight(tx);
}

function nextMidnight(tx: Transaction): void {
  const dueMs = Math.floor(tx.nowMs / dayMs) * dayMs + dayMs;
  schedule(tx, { name: 'payout_schedules', subject: '', account: '', dueMs });
}

export function scheduleOf(account: Stored<'account'>): JsonObject {
  const { payouts } = account.data.settings;
  return isObject(payouts) && isObject(payouts.schedule) ? payouts.schedule : {};
}

/** How old money must be, in days, before the schedule pays it out. */
export function delayDaysOf(account: Stored<'account'>): number {
  const days = account.hidden.delayDaysOverride ?? scheduleOf(account).delay_days;
  return typeof days === 'number' ? days : 2;
}

function isPayoutDay(rhythm: JsonObject, nowMs: number): boolean {
  const date = new Date(nowMs);
  const names = Array.isArray(rhythm.weekly_payout_days) ? rhythm.weekly_payout_days : [];
  const days = Array.isArray(rhythm.monthly_payout_days) ? rhythm.monthly_payout_days : [];
  if (rhythm.interval === 'daily') return true;
  if (rhythm.interval === 'weekly') return names.includes(weekdays[date.getUTCDay()] ?? '');
  if (rhythm.interval !== 'monthly') return false;
  const last = new Date(nowMs + dayMs).getUTCDate() === 1;
  // In short months the later days fall on the last one.
  return days.some((day) => day === date.getUTCDate() || (last && Number(day) > date.getUTCDate()));
}

/** Lines that no automatic payout has contained: money that is old enough, and all that reduces it. */
function payableLines(tx: Transaction, account: Stored<'account'>): Stored<'balance_transaction'>[] {
  const latest = tx.now - delayDaysOf(account) * (dayMs / 1000);
  return tx
    .all('balance_transaction')
    .filter((line) => line.account === account.id && line.hidden.payout === undefined)
    .filter(({ data }) => data.status === 'available' && (data.net < 0 || Number(data.created) <= latest));
}

function payOut(tx: Transaction, account: Stored<'account'>, currency: string): void {
  const bank = defaultBank(tx, account.id, currency);
  // Scheduled payouts stop until the bank account that refused one has been replaced.
  if (bank === undefined || bank.data.status === 'errored') return;
  const lines = payableLines(tx, account).filter(({ data }) => data.currency === currency);
  const sum = lines.reduce((total, { data }) => total + data.net, 0);
  const available = tx.get('balance', `${account.id}/${currency}`).data.available;
  const kept = account.hidden.minimumBalances?.[currency] ?? 0;
  const most = Math.min(sum, available - kept);
  const amount = most - (most % payoutStep(currency));
  if (amount <= 0) return;
  const { statement_descriptor: descriptor } = account.data.settings.payouts as JsonObject;
  const payout = makePayout(tx, {
    account: account.id,
    amount,
    currency,
    destination: bank.id,
    method: 'standard',
    automatic: true,
    statementDescriptor: typeof descriptor === 'string' ? descriptor : null,
  });
  const own = tx.get('balance_transaction', String(payout.data.balance_transaction));
  for (const { id } of [...lines, own]) tx.edit('balance_transaction', id).hidden.payout = payout.id;
  schedule(tx, {
    name: 'payout_reconciliation',
    subject: payout.id,
    account: account.id,
    dueMs: tx.nowMs + reconciliationMs,
    soon: true,
  });
}

/** Task: pays out what the schedules of the day ask for. */
export function runSchedules(tx: Transaction): void {
  nextMidnight(tx);
  for (const account of tx.all('account')) {
    const due = account.data.payouts_enabled && isPayoutDay(scheduleOf(account), tx.nowMs);
    if (!due || account.hidden.gone !== undefined) continue;
    const balances = tx.all('balance').filter((balance) => balance.account === account.id);
    for (const { data } of balances) if (data.available > 0) payOut(tx, account, data.currency);
  }
}

/** Task: it can be listed what an automatic payout contained. */
export function reconcile(tx: Transaction, id: string): void {
  const payout = tx.edit('payout', id);
  payout.data.reconciliation_status = 'completed';
  emit(tx, 'payout.reconciliation_completed', payout.data, payout.account);
}
