import { newId } from '../engine/ids.ts';
import { hostedPrefix } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';

const maximumEvidenceBytes = 5_000_000;

/** What Stripe takes as evidence, by how a file begins. */
const signatures: [string, string][] = [
  ['pdf', '%PDF'],
  ['png', '\x89PNG'],
  ['jpg', '\xff\xd8\xff'],
];

function typeOf(content: Buffer, filename: string): string | null {
  const start = content.subarray(0, 4).toString('latin1');
  const known = signatures.find(([, signature]) => start.startsWith(signature))?.[0];
  return known ?? /\.([a-z0-9]{1,5})$/i.exec(filename)?.[1]?.toLowerCase() ?? null;
}

function checkEvidence(content: Buffer, type: string | null): void {
  if (content.length > maximumEvidenceBytes) {
    throw invalidRequest('Files of evidence must be at most 5 MB.', { param: 'file' });
  }
  if (signatures.some(([known]) => known === type)) return;
  throw invalidRequest('Files of evidence must be PDF, JPEG or PNG.', { param: 'file' });
}

/** POST /v1/files */
export function createFile(call: Call): JsonObject {
  const { upload, tx } = call;
  if (upload === undefined) {
    throw invalidRequest('The file must be sent as multipart/form-data.', { param: 'file' });
  }
  if (call.params.file_link_data !== undefined) {
    throw invalidRequest('The sandbox does not serve file links.', { param: 'file_link_data' });
  }
  const purpose = textOf(call.params, 'purpose') ?? '';
  const { content, filename } = upload;
  const type = typeOf(content, filename);
  if (purpose === 'dispute_evidence') checkEvidence(content, type);
  const id = newId('file');
  const file = tx.insert('file', {
    id,
    account: call.account,
    data: {
      id,
      object: 'file',
      created: tx.now,
      expires_at: null,
      filename,
      links: { object: 'list', data: [], has_more: false, url: `/v1/file_links?file=${id}` },
      purpose,
      size: content.length,
      title: null,
      type,
      url: `${hostedPrefix}/v1/files/${id}/contents`,
    },
    hidden: { base64: content.toString('base64') },
  });
  emit(tx, 'file.created', file.data, call.account);
  return file.data;
}

/** GET /v1/files/{id} */
export function retrieveFile(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const file = call.tx.find('file', id);
  if (file === undefined || file.account !== call.account) throw noSuch('file upload', id, 'file');
  return file.data;
}

/** GET /v1/files */
export function listFiles(call: Call): JsonObject {
  return list(call, 'file');
}
