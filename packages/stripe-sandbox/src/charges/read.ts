import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { assignGiven } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Stored } from '../store/kinds.ts';

export function findCharge(call: Call, id: string, param: string): Stored<'charge'> {
  const record = call.tx.find('charge', id);
  if (record === undefined || record.account !== call.account) throw noSuch('charge', id, param);
  return record;
}

/** GET /v1/charges/{id} */
export function retrieveCharge(call: Call): JsonObject {
  return findCharge(call, call.ids[0] ?? '', 'id').data;
}

/** GET /v1/charges */
export function listCharges(call: Call): JsonObject {
  return list(call, 'charge');
}

/** POST /v1/charges/{id} */
export function updateCharge(call: Call): JsonObject {
  const { id } = findCharge(call, call.ids[0] ?? '', 'id');
  const charge = call.tx.edit('charge', id).data;
  const before = structuredClone(charge);
  assignGiven(charge, call.params, ['description', 'receipt_email', 'transfer_group']);
  charge.metadata = mergeMetadata(charge.metadata, call.params.metadata);
  emit(call.tx, 'charge.updated', charge, call.account, before);
  return charge;
}
