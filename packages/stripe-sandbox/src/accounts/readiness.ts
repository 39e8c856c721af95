import { emit, previousAttributes } from '../events/emit.ts';
import type { JsonObject } from '../json.ts';
import type { Account, AccountState, Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { emptyRequirements } from './defaults.ts';

type Stage = AccountState['stage'];

const profile = ['business_profile.mcc', 'business_profile.url', 'business_type'];
const identity = [
  'individual.address.city',
  'individual.address.line1',
  'individual.address.postal_code',
  'individual.dob.day',
  'individual.dob.month',
  'individual.dob.year',
  'individual.email',
  'individual.first_name',
  'individual.last_name',
  'individual.phone',
];
const terms = ['tos_acceptance.date', 'tos_acceptance.ip'];

function dueFields(stage: Stage, hasBank: boolean, account: Account): string[] {
  const bank = hasBank ? [] : ['external_account'];
  if (stage === 'restricted') return [...bank, 'individual.verification.document'];
  if (stage !== 'new') return bank;
  const missing = account.business_type === null ? profile : profile.slice(0, 2);
  return [...missing, ...bank, ...identity, ...terms];
}

function requirementsOf(state: AccountState, due: string[]): JsonObject {
  const base = emptyRequirements();
  if (state.stage === 'rejected')
    return { ...base, disabled_reason: state.rejected?.reason ?? 'rejected.other' };
  if (due.length === 0) return base;
  return {
    ...base,
    currently_due: due,
    eventually_due: due,
    past_due: due,
    disabled_reason: 'requirements.past_due',
  };
}

function capabilityStatus(state: AccountState, name: string): 'active' | 'inactive' | 'pending' {
  if (state.stage !== 'complete') return 'inactive';
  return state.capabilities?.[name] ?? 'active';
}

/** What a capability that is not active waits for. One that was switched off alone needs a document. */
function capabilityDue(state: AccountState, status: string, due: string[]): string[] {
  if (status !== 'inactive') return [];
  return state.stage === 'complete' ? ['individual.verification.document'] : due;
}

function refreshCapabilities(tx: Transaction, account: Stored<'account'>, due: string[]): void {
  for (const { id, data } of tx.all('capability')) {
    if (data.account !== account.id) continue;
    const status = data.requested ? capabilityStatus(account.hidden, data.id) : 'unrequested';
    if (status === 'unrequested') delete account.data.capabilities[data.id];
    else account.data.capabilities[data.id] = status;
    if (status === data.status) continue;
    const capability = tx.edit('capability', id).data;
    const before = structuredClone(capability);
    capability.status = status;
    const open = capabilityDue(account.hidden, status, due);
    capability.requirements = {
      ...emptyRequirements(),
      currently_due: open,
      eventually_due: open,
      past_due: open,
      disabled_reason: open.length === 0 ? null : 'requirements.fields_needed',
    };
    emit(tx, 'capability.updated', capability, account.id, before);
  }
}

/**
 * Works out what an account may do from what is known of it, and tells of every difference to `before`:
 * capability.updated for each capability, account.updated for the whole.
 */
export function refreshAccount(tx: Transaction, id: string, before: Account): Stored<'account'> {
  const account = tx.edit('account', id);
  const { data, hidden } = account;
  const banks = tx.all('bank_account').filter((bank) => bank.data.account === id && !bank.hidden.deleted);
  data.external_accounts = {
    ...data.external_accounts,
    data: banks.map((bank) => structuredClone(bank.data)),
  };
  const due = dueFields(hidden.stage, banks.length > 0, data);
  refreshCapabilities(tx, account, due);
  data.requirements = requirementsOf(hidden, due);
  data.details_submitted = hidden.stage !== 'new';
  const mayPayOut = hidden.stage === 'complete' || hidden.rejected?.payoutsPaused === false;
  data.payouts_enabled = mayPayOut && banks.length > 0;
  data.charges_enabled = data.capabilities.card_payments === 'active';
  if (Object.keys(previousAttributes(before, data)).length > 0) emit(tx, 'account.updated', data, id, before);
  return account;
}
