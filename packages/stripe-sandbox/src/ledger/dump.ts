import { platformId } from '../engine/platform.ts';
import type { JsonObject } from '../json.ts';
import type { Transaction } from '../store/transaction.ts';

type Sum = { account: string; currency: string; available: number; pending: number; entries: number };

function sums(tx: Transaction): Map<string, Sum> {
  const result = new Map<string, Sum>();
  for (const { account, data } of tx.all('balance_transaction')) {
    const key = `${account}/${data.currency}`;
    const sum = result.get(key) ?? { account, currency: data.currency, available: 0, pending: 0, entries: 0 };
    sum[data.status] += data.net;
    sum.entries += 1;
    result.set(key, sum);
  }
  return result;
}

/** Who stands on the other side of a line: the cardholders, the banks, or another account of ours. */
function otherSide(type: unknown): 'cards' | 'banks' | 'between_accounts' {
  if (type === 'payout' || type === 'payout_failure' || type === 'payout_cancel') return 'banks';
  if (type === 'charge' || type === 'refund' || type === 'refund_failure' || type === 'adjustment')
    return 'cards';
  return 'between_accounts';
}

export type Book = {
  currency: string;
  platform: number;
  connected: number;
  cards: number;
  banks: number;
  stripe_fees: number;
  /** What has left one account of ours and not arrived at another: never anything but 0. */
  between_accounts: number;
  sum: number;
};

/** Both sides of every line, in minor units. Each currency must add up to nothing. */
export function books(tx: Transaction): Book[] {
  const result = new Map<string, Book>();
  const empty = {
    platform: 0,
    connected: 0,
    cards: 0,
    banks: 0,
    stripe_fees: 0,
    between_accounts: 0,
    sum: 0,
  };
  for (const { account, data } of tx.all('balance_transaction')) {
    const book = result.get(data.currency) ?? { currency: data.currency, ...empty };
    book[account === platformId ? 'platform' : 'connected'] += data.net;
    book.stripe_fees += data.fee;
    book[otherSide(data.type)] -= data.amount;
    result.set(data.currency, book);
  }
  for (const book of result.values()) {
    book.sum = book.platform + book.connected + book.cards + book.banks + book.stripe_fees;
  }
  return [...result.values()].sort((a, b) => a.currency.localeCompare(b.currency));
}

/** Every balance next to the sum of its ledger lines. `balanced` is false when any of them differ. */
export function dumpLedger(tx: Transaction): JsonObject {
  const bySum = sums(tx);
  const accounts = tx.all('balance').map(({ id, account, data }) => {
    const sum = bySum.get(id) ?? { available: 0, pending: 0, entries: 0 };
    return {
      account,
      currency: data.currency,
      available: data.available,
      pending: data.pending,
      sum_available: sum.available,
      sum_pending: sum.pending,
      entries: sum.entries,
      balanced: sum.available === data.available && sum.pending === data.pending,
    };
  });
  const transactions = tx.all('balance_transaction').map(({ account, data }) => ({ account, ...data }));
  const complete = [...bySum.keys()].every((id) => tx.find('balance', id) !== undefined);
  const doubleEntry = books(tx);
  const balanced =
    complete &&
    accounts.every((line) => line.balanced) &&
    doubleEntry.every((book) => book.sum === 0 && book.between_accounts === 0);
  return { balanced, books: doubleEntry, accounts, transactions };
}
