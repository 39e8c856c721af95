import { platformId } from '../engine/platform.ts';
import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { textOf } from '../http/parameters.ts';
import type { JsonObject } from '../json.ts';
import type { AccountState, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { findAccount } from './find.ts';
import { refreshAccount } from './readiness.ts';

export type Stage = 'restricted' | 'rejected' | 'complete';
export type CapabilityStatus = 'active' | 'inactive' | 'pending';

function move(tx: Transaction, id: string, change: (state: AccountState) => void): Stored<'account'> {
  const account = tx.edit('account', id);
  const before = structuredClone(account.data);
  change(account.hidden);
  return refreshAccount(tx, id, before);
}

function reject(state: AccountState, reason: string, payoutsPaused: boolean): void {
  const before = state.stage === 'rejected' ? (state.rejected?.before ?? 'complete') : state.stage;
  state.stage = 'rejected';
  state.rejected = { before, reason, payoutsPaused };
}

function restore(state: AccountState): void {
  state.stage = state.rejected?.before ?? 'complete';
  delete state.rejected;
}

/** As Stripe does when it finds something amiss with an account, ends the relationship or is content again. */
export function changeStage(tx: Transaction, id: string, stage: Stage): void {
  move(tx, id, (state) => {
    if (stage === 'rejected') reject(state, 'rejected.other', true);
    else {
      const isNew = state.stage === 'new' || state.rejected?.before === 'new';
      state.stage = isNew && stage === 'complete' ? 'new' : stage;
      delete state.rejected;
      if (stage === 'complete') delete state.capabilities;
    }
  });
}

/** Keeps one capability from being active, or no longer. */
export function setCapability(tx: Transaction, recordId: string, status: CapabilityStatus): void {
  const { id: name, account } = tx.get('capability', recordId).data;
  move(tx, account, (state) => {
    const { [name]: _old, ...others } = state.capabilities ?? {};
    state.capabilities = status === 'active' ? others : { ...others, [name]: status };
  });
}

/** The account withdraws its consent: the platform cannot see it any more, nor send it money. */
export function deauthorizeAccount(tx: Transaction, id: string): void {
  if (id === platformId) throw new Error('The platform cannot leave itself');
  tx.edit('account', id).hidden.gone = 'deauthorized';
  const application = {
    id: 'ca_SandboxApplication00000000000',
    object: 'application',
    name: 'Sandbox platform',
  };
  emit(tx, 'account.application.deauthorized', application, id);
}

function refusePlatform(account: Stored<'account'>): void {
  if (account.id !== platformId) return;
  throw invalidRequest('You cannot reject your own account.', { code: 'account_invalid' });
}

/** POST /v1/accounts/{id}/reject: (choice) payouts stop too, unless `payouts_action` is `none`. */
export function rejectAccount(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  refusePlatform(account);
  const reason = textOf(call.params, 'reason') ?? 'other';
  const known = reason.startsWith('fraud') ? 'fraud' : reason === 'terms_of_service' ? reason : 'other';
  const paused = call.params.payouts_action !== 'none';
  return move(call.tx, account.id, (state) => reject(state, `rejected.${known}`, paused)).data;
}

/** POST /v1/accounts/{id}/unreject: the account is as it was before. */
export function unrejectAccount(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  if (account.hidden.stage !== 'rejected') {
    throw invalidRequest('This account has not been rejected.', { code: 'account_invalid' });
  }
  return move(call.tx, account.id, restore).data;
}
