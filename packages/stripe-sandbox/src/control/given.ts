import type { JsonObject } from '../json.ts';
import { ControlError } from './existing.ts';

/** What a control request has done, with its JSON and the id in its path. */
export type Route = (given: JsonObject, id: string) => Promise<JsonObject>;

export function choice<T extends string>(
  given: JsonObject,
  name: string,
  allowed: readonly T[],
  fallback?: T,
): T {
  const value = given[name] ?? fallback;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ControlError(`${name} must be one of ${allowed.join(', ')}`);
}

export function text(given: JsonObject, name: string): string {
  const value = given[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ControlError(`${name} must be given`);
}

export function optionalText(given: JsonObject, name: string): string | undefined {
  return given[name] === undefined ? undefined : text(given, name);
}

/** A number of times; `fallback` when not given. */
export function count(given: JsonObject, name: string, fallback = 1): number {
  const value = given[name] ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw new ControlError(`${name} must be a whole number from 1 to 1000`);
}

export function optionalAmount(given: JsonObject, name: string): number | undefined {
  const value = given[name];
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 1))
    return value as number | undefined;
  throw new ControlError(`${name} must be a whole number of minor units`);
}
