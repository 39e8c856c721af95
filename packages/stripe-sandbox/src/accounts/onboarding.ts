import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import { addBankAccount } from '../external-accounts/create.ts';
import { isObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { emptyRequirements } from './defaults.ts';
import { refreshAccount } from './readiness.ts';

export type OnboardingForm = { bankAccountNumber?: string; firstName?: string; lastName?: string };

export const goodBankAccount = '000123456789';

function addPerson(tx: Transaction, account: Stored<'account'>, form: OnboardingForm): void {
  if (tx.all('person').some((person) => person.data.account === account.id)) return;
  const id = newId('person');
  const { alternatives, current_deadline, disabled_reason, ...lists } = emptyRequirements();
  const person = tx.insert('person', {
    id,
    account: account.id,
    data: {
      id,
      object: 'person',
      account: account.id,
      created: tx.now,
      dob: { day: 1, month: 1, year: 1901 },
      email: typeof account.data.email === 'string' ? account.data.email : null,
      first_name: form.firstName ?? 'Jenny',
      id_number_provided: true,
      last_name: form.lastName ?? 'Rosen',
      metadata: {},
      phone: '+10000000000',
      relationship: {
        authorizer: false,
        director: false,
        executive: false,
        legal_guardian: false,
        owner: false,
        percent_ownership: null,
        representative: true,
        title: null,
      },
      requirements: { alternatives, ...lists },
      ssn_last_4_provided: account.data.country === 'US',
      verification: { details: null, details_code: null, status: 'verified' },
    },
    hidden: {},
  });
  if (account.data.business_type === 'individual') account.data.individual = structuredClone(person.data);
  emit(tx, 'person.created', person.data, account.id);
}

function hasBank(tx: Transaction, account: string): boolean {
  return tx.all('bank_account').some((bank) => bank.data.account === account && !bank.hidden.deleted);
}

/** Everything Stripe's onboarding asks a person for, in one go. Also lifts a restriction. */
export function completeOnboarding(
  tx: Transaction,
  id: string,
  form: OnboardingForm = {},
): Stored<'account'> {
  const account = tx.edit('account', id);
  const before = structuredClone(account.data);
  account.data.business_type ??= 'individual';
  const profile = account.data.business_profile;
  if (isObject(profile)) {
    profile.mcc ??= '1520';
    profile.url ??= 'https://accessible.stripe.com';
  }
  account.data.tos_acceptance = { date: tx.now, ip: '127.0.0.1', user_agent: null };
  addPerson(tx, account, form);
  account.hidden.stage = 'complete';
  const number = form.bankAccountNumber ?? (hasBank(tx, id) ? undefined : goodBankAccount);
  if (number !== undefined) {
    addBankAccount(tx, account, { number, makeDefault: true });
  }
  return refreshAccount(tx, id, before);
}

/** As Stripe does when it finds something amiss with an account, or ends the relationship. */
export function changeStage(tx: Transaction, id: string, stage: 'restricted' | 'rejected'): void {
  const account = tx.edit('account', id);
  const before = structuredClone(account.data);
  account.hidden.stage = stage;
  refreshAccount(tx, id, before);
}
