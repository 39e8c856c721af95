import { emit } from '../events/emit.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { flagOf, integerOf, objectOf, textOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { AccountState, Stored } from '../store/kinds.ts';
import { mergeSchedule } from './rhythm.ts';
import { delayDaysOf, scheduleOf } from './schedule.ts';

const maximumDelayDays = 31;

function settingsObject(account: Stored<'account'>): JsonObject {
  const payouts = objectOf(account.data.settings, 'payouts');
  const { interval, weekly_payout_days: weekly, monthly_payout_days: monthly } = scheduleOf(account);
  const { delayDaysOverride, minimumBalances } = account.hidden;
  const kept = minimumBalances !== undefined && Object.keys(minimumBalances).length > 0;
  return {
    object: 'balance_settings',
    payments: {
      debit_negative_balances: payouts.debit_negative_balances ?? null,
      payouts: {
        automatic_transfer_rules_by_currency: null,
        minimum_balance_by_currency: kept ? { ...minimumBalances } : null,
        schedule: {
          interval: interval ?? null,
          ...(weekly === undefined ? {} : { weekly_payout_days: weekly }),
          ...(monthly === undefined ? {} : { monthly_payout_days: monthly }),
        },
        statement_descriptor: payouts.statement_descriptor ?? null,
        status: account.data.payouts_enabled ? 'enabled' : 'disabled',
      },
      settlement_timing: {
        delay_days: delayDaysOf(account),
        ...(delayDaysOverride === undefined ? {} : { delay_days_override: delayDaysOverride }),
        start_of_day: null,
      },
    },
  };
}

/** GET /v1/balance_settings */
export function retrieveSettings(call: Call): JsonObject {
  return settingsObject(call.tx.get('account', call.account));
}

function refuseUnserved(payouts: JsonObject, timing: JsonObject): void {
  const rules = payouts.automatic_transfer_rules_by_currency !== undefined;
  const name = rules
    ? 'payments[payouts][automatic_transfer_rules_by_currency]'
    : 'payments[settlement_timing][start_of_day]';
  if (!rules && timing.start_of_day === undefined) return;
  throw invalidRequest(`The sandbox does not serve ${name}.`, { param: name });
}

function applyMinimums(state: AccountState, given: JsonObject[string]): void {
  if (given === '') delete state.minimumBalances;
  if (!isObject(given)) return;
  const minimums = { ...state.minimumBalances };
  for (const [currency, amount] of Object.entries(given)) {
    if (amount === '') delete minimums[currency.toLowerCase()];
    else minimums[currency.toLowerCase()] = Number(amount);
  }
  state.minimumBalances = minimums;
}

function applyDelay(state: AccountState, timing: JsonObject): void {
  const name = 'delay_days_override';
  if (timing[name] === '') delete state.delayDaysOverride;
  const days = integerOf(timing, name);
  if (days === undefined) return;
  if (days < 0 || days > maximumDelayDays) {
    throw invalidRequest(`The delay must be from 0 to ${maximumDelayDays} days.`, {
      param: `payments[settlement_timing][${name}]`,
    });
  }
  state.delayDaysOverride = days;
}

/** POST /v1/balance_settings: the same schedule as that in the account's settings. */
export function updateSettings(call: Call): JsonObject {
  const account = call.tx.edit('account', call.account);
  const before = settingsObject(account);
  const accountBefore = structuredClone(account.data);
  const payments = objectOf(call.params, 'payments');
  const given = objectOf(payments, 'payouts');
  const timing = objectOf(payments, 'settlement_timing');
  refuseUnserved(given, timing);
  const payouts = objectOf(account.data.settings, 'payouts');
  const debit = flagOf(payments, 'debit_negative_balances');
  if (debit !== undefined) payouts.debit_negative_balances = debit;
  const descriptor = textOf(given, 'statement_descriptor');
  if (descriptor !== undefined) payouts.statement_descriptor = descriptor;
  if (isObject(given.schedule)) mergeSchedule(payouts, given.schedule);
  applyMinimums(account.hidden, given.minimum_balance_by_currency);
  applyDelay(account.hidden, timing);
  const after = settingsObject(account);
  emit(call.tx, 'balance_settings.updated', after, call.account, before);
  const changed = JSON.stringify(accountBefore) !== JSON.stringify(account.data);
  if (changed) emit(call.tx, 'account.updated', account.data, call.account, accountBefore);
  return after;
}
