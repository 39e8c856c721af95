import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';
import { makePayout } from './make.ts';
import { returnFunds } from './progress.ts';

function find(call: Call): Stored<'payout'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('payout', id);
  if (record === undefined || record.account !== call.account) throw noSuch('payout', id, 'id');
  return record;
}

/** GET /v1/payouts/{id} */
export function retrievePayout(call: Call): JsonObject {
  return find(call).data;
}

/** GET /v1/payouts */
export function listPayouts(call: Call): JsonObject {
  return list(call, 'payout');
}

/** POST /v1/payouts/{id} */
export function updatePayout(call: Call): JsonObject {
  const payout = call.tx.edit('payout', find(call).id).data;
  const before = structuredClone(payout);
  payout.metadata = mergeMetadata(payout.metadata, call.params.metadata);
  emit(call.tx, 'payout.updated', payout, call.account, before);
  return payout;
}

/** POST /v1/payouts/{id}/cancel: only while it has not been sent. */
export function cancelPayout(call: Call): JsonObject {
  const { id, data } = find(call);
  if (data.status !== 'pending' || data.amount < 0) {
    throw invalidRequest(`Payouts with the status ${data.status} cannot be canceled.`, { param: 'id' });
  }
  const payout = call.tx.edit('payout', id);
  const before = structuredClone(payout.data);
  payout.data.status = 'canceled';
  payout.data.failure_balance_transaction = returnFunds(call.tx, payout, 'payout_cancel');
  emit(call.tx, 'payout.canceled', payout.data, payout.account);
  emit(call.tx, 'payout.updated', payout.data, payout.account, before);
  return payout.data;
}

/** POST /v1/payouts/{id}/reverse: a payout of its own takes the money back from the bank. */
export function reversePayout(call: Call): JsonObject {
  const { id, data } = find(call);
  const bank = call.tx.find('bank_account', data.destination)?.data;
  if (data.status !== 'paid' || data.amount < 0 || data.reversed_by !== null || bank?.country !== 'US') {
    throw invalidRequest('Only payouts that a bank account in the US has been paid can be reversed, once.', {
      param: 'id',
    });
  }
  const payout = call.tx.edit('payout', id);
  const before = structuredClone(payout.data);
  const reversal = makePayout(call.tx, {
    account: call.account,
    amount: -data.amount,
    currency: data.currency,
    destination: data.destination,
    method: 'standard',
    automatic: false,
    description: 'STRIPE PAYOUT REVERSAL',
    metadata: mergeMetadata({}, call.params.metadata),
    originalPayout: id,
  });
  payout.data.reversed_by = reversal.id;
  emit(call.tx, 'payout.updated', payout.data, call.account, before);
  return reversal.data;
}
