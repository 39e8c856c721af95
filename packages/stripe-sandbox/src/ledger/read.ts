import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { balanceObject } from './balance.ts';

/** GET /v1/balance */
export function retrieveBalance(call: Call): JsonObject {
  return balanceObject(call.tx, call.account);
}

/** GET /v1/balance_transactions/{id} */
export function retrieveBalanceTransaction(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('balance_transaction', id);
  if (record === undefined || record.account !== call.account) throw noSuch('balance transaction', id, 'id');
  return record.data;
}

/** GET /v1/balance_transactions. Only automatic payouts contain transactions: what they paid out, and their own. */
export function listBalanceTransactions(call: Call): JsonObject {
  const payout = textOf(call.params, 'payout');
  if (payout !== undefined && call.tx.find('payout', payout)?.account !== call.account) {
    throw noSuch('payout', payout, 'payout');
  }
  return list(call, 'balance_transaction', ({ hidden }) => payout === undefined || hidden.payout === payout, [
    'payout',
  ]);
}
