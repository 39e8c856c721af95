import { invalidRequest } from '../http/errors.ts';
import { textOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';

const workdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];

function refuse(name: string, message: string): never {
  throw invalidRequest(message, { param: `settings[payouts][schedule][${name}]` });
}

function weekly(given: JsonObject, old: JsonObject): JsonObject {
  const anchor = textOf(given, 'weekly_anchor');
  const days = given.weekly_payout_days ?? (anchor === undefined ? old.weekly_payout_days : [anchor]);
  const chosen = Array.isArray(days) && days.length > 0 ? days : ['monday'];
  if (!chosen.every((day) => workdays.includes(String(day))))
    refuse('weekly_payout_days', 'Weekly payout days must be from monday to friday.');
  return { weekly_anchor: chosen[0], weekly_payout_days: chosen };
}

function monthly(given: JsonObject, old: JsonObject): JsonObject {
  const anchor = given.monthly_anchor;
  const days = given.monthly_payout_days ?? (anchor === undefined ? old.monthly_payout_days : [anchor]);
  const chosen = Array.isArray(days) && days.length > 0 ? days : [1];
  if (!chosen.every((day) => typeof day === 'number' && day >= 1 && day <= 31))
    refuse('monthly_payout_days', 'Monthly payout days must be from 1 to 31.');
  return { monthly_anchor: chosen[0], monthly_payout_days: chosen };
}

/** Puts a payout schedule as given onto the payout settings of an account. */
export function mergeSchedule(payouts: JsonObject, given: JsonObject): void {
  const old = isObject(payouts.schedule) ? payouts.schedule : {};
  const delay = given.delay_days === 'minimum' ? 2 : (given.delay_days ?? old.delay_days);
  const interval = textOf(given, 'interval') ?? old.interval;
  payouts.schedule = {
    delay_days: delay,
    interval,
    ...(interval === 'weekly' ? weekly(given, old) : {}),
    ...(interval === 'monthly' ? monthly(given, old) : {}),
  };
}
