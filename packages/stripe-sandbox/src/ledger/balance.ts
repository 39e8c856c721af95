import type { JsonObject } from '../json.ts';
import type { Transaction } from '../store/transaction.ts';

type Line = { currency: string; available: number; pending: number };

function linesOf(tx: Transaction, account: string): Line[] {
  const lines = tx
    .all('balance')
    .filter((record) => record.account === account)
    .map((record) => record.data);
  const own = tx.get('account', account).data.default_currency;
  const all = lines.some((line) => line.currency === own)
    ? lines
    : [{ currency: own, available: 0, pending: 0 }, ...lines];
  return all.toSorted((a, b) => a.currency.localeCompare(b.currency));
}

function part(lines: Line[], name: 'available' | 'pending'): JsonObject[] {
  return lines.map((line) => ({
    amount: line[name],
    currency: line.currency,
    source_types: { card: line[name] },
  }));
}

/** An account's balance as the API shows it: one line per currency, always one in its own. */
export function balanceObject(tx: Transaction, account: string): JsonObject {
  const lines = linesOf(tx, account);
  return {
    object: 'balance',
    available: part(lines, 'available'),
    livemode: false,
    pending: part(lines, 'pending'),
    refund_and_dispute_prefunding: {
      available: part(lines, 'available').map(zero),
      pending: part(lines, 'pending').map(zero),
    },
  };
}

function zero(line: JsonObject): JsonObject {
  return { ...line, amount: 0, source_types: { card: 0 } };
}

/** What an account can pay out or transfer of a currency now, in minor units. */
export function availableOf(tx: Transaction, account: string, currency: string): number {
  return tx.find('balance', `${account}/${currency}`)?.data.available ?? 0;
}
