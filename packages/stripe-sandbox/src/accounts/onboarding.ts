import { newId } from '../engine/ids.ts';
import { emit } from '../events/emit.ts';
import { addBankAccount } from '../external-accounts/create.ts';
import { objectOf } from '../http/parameters.ts';
import { isObject } from '../json.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { newPerson } from './person-changes.ts';
import { refreshAccount } from './readiness.ts';

export type OnboardingForm = { bankAccountNumber?: string; firstName?: string; lastName?: string };

export const goodBankAccount = '000123456789';

function addPerson(tx: Transaction, account: Stored<'account'>, form: OnboardingForm): void {
  if (tx.all('person').some((person) => person.data.account === account.id)) return;
  const id = newId('person');
  const data = newPerson(id, account.id, tx.now);
  const person = tx.insert('person', {
    id,
    account: account.id,
    data: {
      ...data,
      dob: { day: 1, month: 1, year: 1901 },
      email: typeof account.data.email === 'string' ? account.data.email : null,
      first_name: form.firstName ?? 'Jenny',
      id_number_provided: true,
      last_name: form.lastName ?? 'Rosen',
      phone: '+10000000000',
      relationship: { ...objectOf(data, 'relationship'), representative: true },
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
  delete account.hidden.capabilities;
  const number = form.bankAccountNumber ?? (hasBank(tx, id) ? undefined : goodBankAccount);
  if (number !== undefined) {
    addBankAccount(tx, account, { number, makeDefault: true });
  }
  return refreshAccount(tx, id, before);
}
