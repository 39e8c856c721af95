import type { Call } from '../http/endpoint.ts';
import { noSuch } from '../http/errors.ts';
import { page } from '../http/list.ts';
import type { JsonObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import { findAccount } from './find.ts';

/** GET /v1/accounts/{id}/persons */
export function listPersons(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  const persons = call.tx.all('person').filter((person) => person.data.account === account.id);
  return page(call, persons.reverse() as Stored[]);
}

export function findPerson(call: Call): { account: Stored<'account'>; person: Stored<'person'> } {
  const account = findAccount(call, call.ids[0] ?? '');
  const id = call.ids[1] ?? '';
  const person = call.tx.find('person', id);
  if (person === undefined || person.data.account !== account.id) throw noSuch('person', id, 'person');
  return { account, person };
}

/** GET /v1/accounts/{id}/persons/{id} */
export function retrievePerson(call: Call): JsonObject {
  return findPerson(call).person.data;
}
