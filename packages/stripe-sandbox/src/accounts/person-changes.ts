import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { addressOf, assignGiven, objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import type { Person, Stored } from '../store/kinds.ts';
import { emptyRequirements } from './defaults.ts';
import { findAccount } from './find.ts';
import { findPerson } from './persons.ts';
import { refreshAccount } from './readiness.ts';

const plain = [
  'dob',
  'email',
  'first_name',
  'gender',
  'last_name',
  'maiden_name',
  'nationality',
  'phone',
  'political_exposure',
];

/** Somebody who stands behind an account, with every key Stripe shows. */
export function newPerson(id: string, account: string, now: number): Person {
  const { current_deadline, disabled_reason, ...requirements } = emptyRequirements();
  return {
    id,
    object: 'person',
    account,
    created: now,
    dob: { day: null, month: null, year: null },
    email: null,
    first_name: null,
    id_number_provided: false,
    last_name: null,
    metadata: {},
    phone: null,
    relationship: {
      authorizer: false,
      director: false,
      executive: false,
      legal_guardian: false,
      owner: false,
      percent_ownership: null,
      representative: false,
      title: null,
    },
    requirements,
    ssn_last_4_provided: false,
    verification: { details: null, details_code: null, status: 'unverified' },
  };
}

function applyPerson(call: Call, person: Person): void {
  const { params } = call;
  assignGiven(person, params, plain);
  if (params.address !== undefined) person.address = addressOf(params.address);
  const relationship = objectOf(person, 'relationship');
  const related = objectOf(params, 'relationship');
  assignGiven(relationship, related, Object.keys(related));
  if (textOf(params, 'id_number') !== undefined) person.id_number_provided = true;
  if (textOf(params, 'ssn_last_4') !== undefined) person.ssn_last_4_provided = true;
  const known = person.id_number_provided === true || person.ssn_last_4_provided === true;
  // (choice) Who has given a number is verified at once.
  if (known) person.verification = { details: null, details_code: null, status: 'verified' };
  person.metadata = mergeMetadata(person.metadata, params.metadata);
}

/** An individual's account shows the person it is of. */
function showOnAccount(call: Call, account: Stored<'account'>, person: Person): void {
  const before = structuredClone(account.data);
  if (account.data.business_type === 'individual') {
    call.tx.edit('account', account.id).data.individual = structuredClone(person);
  }
  refreshAccount(call.tx, account.id, before);
}

/** POST /v1/accounts/{id}/persons */
export function createPerson(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  const others = call.tx.all('person').filter(({ data }) => data.account === account.id);
  if (account.data.business_type === 'individual' && others.length > 0) {
    throw invalidRequest('An account of an individual has one person only.', { code: 'account_invalid' });
  }
  const id = newId('person');
  const person = call.tx.insert('person', {
    id,
    account: account.id,
    data: newPerson(id, account.id, call.tx.now),
    hidden: {},
  });
  applyPerson(call, person.data);
  emit(call.tx, 'person.created', person.data, account.id);
  showOnAccount(call, account, person.data);
  return person.data;
}

/** POST /v1/accounts/{id}/persons/{id} */
export function updatePerson(call: Call): JsonObject {
  const { account, person } = findPerson(call);
  const { data } = call.tx.edit('person', person.id);
  const before = structuredClone(data);
  applyPerson(call, data);
  emit(call.tx, 'person.updated', data, account.id, before);
  showOnAccount(call, account, data);
  return data;
}

/** DELETE /v1/accounts/{id}/persons/{id}: not the one who represents the account. */
export function deletePerson(call: Call): JsonObject {
  const { account, person } = findPerson(call);
  if (objectOf(person.data, 'relationship').representative === true) {
    throw invalidRequest('The representative of an account cannot be deleted.', { param: 'person' });
  }
  call.tx.remove('person', person.id);
  emit(call.tx, 'person.deleted', person.data, account.id);
  return { id: person.id, object: 'person', deleted: true };
}
