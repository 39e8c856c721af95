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
  return { balanced: complete && accounts.every((line) => line.balanced), accounts, transactions };
}
