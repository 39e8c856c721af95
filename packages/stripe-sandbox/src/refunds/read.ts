import { randomInt } from 'node:crypto';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

export function findRefund(call: Call): Stored<'refund'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('refund', id);
  if (record === undefined || record.account !== call.account) throw noSuch('refund', id, 'id');
  return record;
}

/** GET /v1/refunds/{id} */
export function retrieveRefund(call: Call): JsonObject {
  return findRefund(call).data;
}

/** GET /v1/refunds */
export function listRefunds(call: Call): JsonObject {
  return list(call, 'refund');
}

/** POST /v1/refunds/{id} */
export function updateRefund(call: Call): JsonObject {
  const refund = call.tx.edit('refund', findRefund(call).id).data;
  const before = structuredClone(refund);
  refund.metadata = mergeMetadata(refund.metadata, call.params.metadata);
  emit(call.tx, 'refund.updated', refund, call.account, before);
  return refund;
}

/** Task: the card network names its reference of the refund. */
export function nameReference(tx: Transaction, id: string): void {
  const refund = tx.edit('refund', id);
  const before = structuredClone(refund.data);
  refund.data.destination_details = {
    card: {
      reference: String(randomInt(10 ** 11, 10 ** 12)),
      reference_status: 'available',
      reference_type: 'acquirer_reference_number',
      type: 'refund',
    },
    type: 'card',
  };
  emit(tx, 'refund.updated', refund.data, refund.account, before);
}
