import { invalidRequest } from '../http/errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

const maximumKeys = 50;
const maximumKeyLength = 40;
const maximumValueLength = 500;

function refuse(message: string): never {
  throw invalidRequest(message, { param: 'metadata' });
}

/**
 * The metadata after a request that carried `given`: keys are added or replaced, a key with an empty value
 * goes, an empty string for the whole removes all.
 */
export function mergeMetadata(current: JsonObject, given: Json | undefined): JsonObject {
  if (given === '') return {};
  if (!isObject(given)) return current;
  const merged = new Map(Object.entries(current));
  for (const [key, value] of Object.entries(given)) {
    if (key.length > maximumKeyLength) {
      refuse(`Metadata keys must be ${maximumKeyLength} characters or less: '${key}'`);
    }
    if (typeof value !== 'string') refuse(`Metadata values must be strings: '${key}'`);
    if (value.length > maximumValueLength) {
      refuse(
        `Metadata values can have up to ${maximumValueLength} characters, but '${key}' has ${value.length}.`,
      );
    }
    if (value === '') merged.delete(key);
    else merged.set(key, value);
  }
  if (merged.size > maximumKeys) refuse(`You can only have up to ${maximumKeys} metadata keys.`);
  return Object.fromEntries(merged);
}
