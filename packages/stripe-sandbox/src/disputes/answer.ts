import { schedule } from '../engine/tasks.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { list } from '../http/list.ts';
import { assignGiven, flagOf, objectOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Dispute, Stored } from '../store/kinds.ts';
import { evidenceFiles } from './object.ts';
import { isInquiry, isOpen, resolveDispute } from './resolve.ts';

const maximumText = 150_000;
const bankReadsMs = 100;

function find(call: Call): Stored<'dispute'> {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('dispute', id);
  if (record === undefined || record.account !== call.account) throw noSuch('dispute', id, 'dispute');
  return record;
}

/** GET /v1/disputes/{id} */
export function retrieveDispute(call: Call): JsonObject {
  return find(call).data;
}

/** GET /v1/disputes */
export function listDisputes(call: Call): JsonObject {
  return list(call, 'dispute');
}

function refuseAnswered(dispute: Stored<'dispute'>, verb: string): void {
  const { status } = dispute.data;
  if (status === 'needs_response' || status === 'warning_needs_response') return;
  const message = isOpen(dispute)
    ? `This dispute cannot be ${verb}: evidence has been submitted, and it is under review.`
    : `This dispute is already closed (status: ${status}).`;
  throw invalidRequest(message, { param: 'dispute' });
}

function checkFile(call: Call, name: string, id: unknown): void {
  if (typeof id !== 'string' || id === '') return;
  const file = call.tx.find('file', id);
  const param = `evidence[${name}]`;
  if (file === undefined || file.account !== call.account) throw noSuch('file upload', id, param);
  if (file.data.purpose === 'dispute_evidence') return;
  throw invalidRequest('The file must have been uploaded with the purpose `dispute_evidence`.', { param });
}

function addEvidence(call: Call, dispute: Dispute, given: JsonObject): void {
  const unserved = ['enhanced_evidence', 'appeal'].find((name) => given[name] !== undefined);
  if (unserved !== undefined) {
    throw invalidRequest(`The sandbox does not serve ${unserved}.`, { param: `evidence[${unserved}]` });
  }
  for (const name of evidenceFiles) checkFile(call, name, given[name]);
  assignGiven(dispute.evidence, given, Object.keys(given));
  const texts = Object.entries(dispute.evidence).filter(([name]) => !evidenceFiles.includes(name));
  const length = texts.reduce((sum, [, text]) => sum + (typeof text === 'string' ? text.length : 0), 0);
  if (length > maximumText) {
    throw invalidRequest(
      `The text of all evidence together must be at most ${maximumText} characters long.`,
      { param: 'evidence' },
    );
  }
  const has = Object.values(dispute.evidence).some((value) => typeof value === 'string');
  dispute.evidence_details = { ...dispute.evidence_details, has_evidence: has };
}

function submit(call: Call, dispute: Stored<'dispute'>): void {
  const { data } = dispute;
  data.status = isInquiry(dispute) ? 'warning_under_review' : 'under_review';
  data.evidence_details = {
    ...data.evidence_details,
    submission_count: Number(data.evidence_details.submission_count) + 1,
    submission_method: 'manual',
  };
  schedule(call.tx, {
    name: 'dispute_decision',
    subject: dispute.id,
    account: dispute.account,
    dueMs: call.tx.nowMs + bankReadsMs,
    soon: true,
  });
}

/** POST /v1/disputes/{id}: evidence is sent unless `submit` is false. */
export function updateDispute(call: Call): JsonObject {
  const found = find(call);
  const given = objectOf(call.params, 'evidence');
  const wish = flagOf(call.params, 'submit');
  const answers = Object.keys(given).length > 0 || wish === true;
  if (answers) refuseAnswered(found, 'updated');
  const dispute = call.tx.edit('dispute', found.id);
  const before = structuredClone(dispute.data);
  addEvidence(call, dispute.data, given);
  assignGiven(dispute.data, call.params, ['intended_submission_method']);
  dispute.data.metadata = mergeMetadata(dispute.data.metadata, call.params.metadata);
  if (answers && wish !== false) submit(call, dispute);
  emit(call.tx, 'charge.dispute.updated', dispute.data, dispute.account, before);
  return dispute.data;
}

/** POST /v1/disputes/{id}/close: the loss is accepted; (choice) an inquiry is closed without an answer. */
export function closeDispute(call: Call): JsonObject {
  const found = find(call);
  refuseAnswered(found, 'closed');
  return resolveDispute(call.tx, found.id, isInquiry(found) ? 'warning_closed' : 'lost').data;
}
