import { findAccount } from '../accounts/find.ts';
import { findCustomer } from '../customers/find.ts';
import { newId, randomText } from '../engine/ids.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest, noSuch } from '../http/errors.ts';
import { objectOf, textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import { componentsOf } from './components.ts';

const halfHour = 30 * 60;
const hour = 60 * 60;

function customerOf(call: Call): string {
  const id = textOf(call.params, 'customer');
  if (id !== undefined) return findCustomer(call, id, 'customer').id;
  throw invalidRequest('Missing required param: customer.', { code: 'parameter_missing', param: 'customer' });
}

/** POST /v1/account_sessions */
export function createAccountSession(call: Call): JsonObject {
  const account = findAccount(call, textOf(call.params, 'account') ?? '');
  return {
    object: 'account_session',
    account: account.id,
    client_secret: `accs_secret__${randomText(50)}`,
    components: componentsOf('AccountSession.Components', objectOf(call.params, 'components')),
    expires_at: call.tx.now + hour,
    livemode: false,
  };
}

/** POST /v1/customer_sessions */
export function createCustomerSession(call: Call): JsonObject {
  return {
    object: 'customer_session',
    client_secret: `cuss_secret_${randomText(50)}`,
    components: componentsOf('CustomerSession.Components', objectOf(call.params, 'components')),
    created: call.tx.now,
    customer: customerOf(call),
    customer_account: null,
    expires_at: call.tx.now + halfHour,
    livemode: false,
  };
}

/** POST /v1/ephemeral_keys: the secret is told once. */
export function createEphemeralKey(call: Call): JsonObject {
  const unserved = ['issuing_card', 'verification_session', 'nonce'].find((name) => call.params[name]);
  if (unserved !== undefined) {
    throw invalidRequest(`The sandbox does not serve the parameter ${unserved} of ephemeral keys.`, {
      param: unserved,
    });
  }
  const id = newId('ephkey');
  const customer = customerOf(call);
  const data = {
    id,
    object: 'ephemeral_key',
    created: call.tx.now,
    expires: call.tx.now + hour,
    livemode: false,
  };
  call.tx.insert('ephemeral_key', { id, account: call.account, data, hidden: { customer } });
  return { ...data, secret: `ek_test_${randomText(60)}` };
}

/** DELETE /v1/ephemeral_keys/{id} */
export function deleteEphemeralKey(call: Call): JsonObject {
  const id = call.ids[0] ?? '';
  const record = call.tx.find('ephemeral_key', id);
  if (record === undefined || record.account !== call.account) throw noSuch('ephemeral key', id, 'id');
  call.tx.remove('ephemeral_key', id);
  return { ...record.data, expires: call.tx.now };
}
