import { isObject, type Json, type JsonObject } from '../json.ts';

/** Parameters after validation: the types are those of the data file. */
export type Parameters = JsonObject;

/** The text of a parameter; an empty string counts as not given. */
export function textOf(parameters: JsonObject, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function integerOf(parameters: JsonObject, name: string): number | undefined {
  const value = parameters[name];
  return typeof value === 'number' ? value : undefined;
}

export function flagOf(parameters: JsonObject, name: string): boolean | undefined {
  const value = parameters[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function objectOf(parameters: JsonObject, name: string): JsonObject {
  const value = parameters[name];
  return isObject(value) ? value : {};
}

export function textsOf(parameters: JsonObject, name: string): string[] {
  const value = parameters[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Copies the named parameters onto an object; an empty string unsets, that is null. */
export function assignGiven(target: JsonObject, parameters: JsonObject, names: string[]): void {
  for (const name of names) {
    const value = parameters[name];
    if (value !== undefined) target[name] = value === '' ? null : value;
  }
}

/** An address with every key Stripe shows, null where nothing was given. */
export function addressOf(given: Json | undefined): JsonObject | null {
  if (!isObject(given)) return null;
  const parts = ['city', 'country', 'line1', 'line2', 'postal_code', 'state'];
  return Object.fromEntries(parts.map((part) => [part, textOf(given, part) ?? null]));
}
