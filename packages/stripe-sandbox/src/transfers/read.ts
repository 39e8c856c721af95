import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { assignGiven } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';

export function findTransfer(call: Call): Stored<'transfer'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('transfer', id);
  if (record === undefined || record.account !== call.account) throw noSuch('transfer', id, 'id');
  return record;
}

/** GET /v1/transfers/{id} */
export function retrieveTransfer(call: Call): JsonObject {
  return findTransfer(call).data;
}

/** GET /v1/transfers */
export function listTransfers(call: Call): JsonObject {
  return list(call, 'transfer');
}

/** POST /v1/transfers/{id} */
export function updateTransfer(call: Call): JsonObject {
  const transfer = call.tx.edit('transfer', findTransfer(call).id).data;
  const before = structuredClone(transfer);
  assignGiven(transfer, call.params, ['description']);
  transfer.metadata = mergeMetadata(transfer.metadata, call.params.metadata);
  emit(call.tx, 'transfer.updated', transfer, call.account, before);
  return transfer;
}
