import { addGiven } from '../external-accounts/create.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { assignGiven, objectOf, textOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';
import { mergeMetadata } from '../metadata/merge.ts';
import { mergeSchedule } from '../payouts/rhythm.ts';
import type { Stored } from '../store/kinds.ts';
import { requestCapabilities } from './capabilities.ts';

function applySettings(account: Stored<'account'>, given: JsonObject): void {
  for (const name of ['card_payments', 'dashboard', 'payments', 'payouts', 'branding']) {
    const section = account.data.settings[name];
    const changes = objectOf(given, name);
    if (!isObject(section)) continue;
    const { schedule, ...plain } = changes;
    assignGiven(section, plain, Object.keys(plain));
    if (isObject(schedule)) mergeSchedule(section, schedule);
  }
}

function applyProfile(account: Stored<'account'>, given: JsonObject): void {
  const profile = account.data.business_profile;
  if (!isObject(profile)) return;
  assignGiven(profile, given, [
    'mcc',
    'name',
    'product_description',
    'support_email',
    'support_phone',
    'support_url',
    'url',
  ]);
}

function applyTerms(account: Stored<'account'>, given: JsonObject): void {
  if (Object.keys(given).length === 0) return;
  const collects = account.data.controller.requirement_collection;
  if (given.date !== undefined && collects !== 'application') {
    throw invalidRequest(
      'You cannot accept the Terms of Service on behalf of accounts where Stripe collects the requirements.',
      { param: 'tos_acceptance' },
    );
  }
  account.data.tos_acceptance = { ...objectOf(account.data, 'tos_acceptance'), ...given };
}

/** Puts the parameters of create and update onto an account. */
export function applyAccount(call: Call, account: Stored<'account'>): void {
  const { params } = call;
  assignGiven(account.data, params, ['business_type', 'email']);
  account.data.metadata = mergeMetadata(account.data.metadata, params.metadata);
  const currency = textOf(params, 'default_currency');
  if (currency !== undefined) account.data.default_currency = currency.toLowerCase();
  applyProfile(account, objectOf(params, 'business_profile'));
  applySettings(account, objectOf(params, 'settings'));
  applyTerms(account, objectOf(params, 'tos_acceptance'));
  requestCapabilities(call, account, objectOf(params, 'capabilities'));
  if (params.external_account !== undefined && params.external_account !== '') {
    addGiven(call.tx, account, params.external_account, true);
  }
  completeByPlatform(call, account);
}

/** Where the platform collects, an account is complete once terms, a person or company and a bank are known. */
function completeByPlatform(call: Call, account: Stored<'account'>): void {
  if (account.data.controller.requirement_collection !== 'application' || account.hidden.stage !== 'new')
    return;
  const terms = objectOf(account.data, 'tos_acceptance');
  const named = call.params.individual !== undefined || call.params.company !== undefined;
  if (named && terms.date !== null && terms.date !== undefined) account.hidden.stage = 'complete';
}
