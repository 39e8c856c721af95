import { invalidRequest, StripeError } from '../http/errors.ts';
import type { Form } from '../http/form.ts';
import type { Json, JsonObject } from '../json.ts';
import { alternatives, resolve, type Schema } from './description.ts';

type Raw = string | Form;

function cannotUnset(param: string): StripeError {
  const message =
    `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a ` +
    `parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or ` +
    'supply a non-empty value.';
  return invalidRequest(message, { code: 'parameter_invalid_empty', param });
}

function coerceText(schema: Schema, raw: string, param: string): Json {
  if (schema.enum !== undefined && !schema.enum.includes(raw)) {
    if (raw === '') throw cannotUnset(param);
    const allowed = schema.enum.filter((value) => value !== '').join(', ');
    throw invalidRequest(`Invalid ${param}: must be one of ${allowed}`, { param });
  }
  return raw;
}

function coerceInteger(raw: string, param: string): number {
  if (raw === '') throw cannotUnset(param);
  if (!/^[+-]?\d+$/.test(raw) || !Number.isSafeInteger(Number(raw))) {
    throw invalidRequest(`Invalid integer: ${raw}`, { code: 'parameter_invalid_integer', param });
  }
  return Number(raw);
}

function coerceNumber(raw: string, param: string): number {
  if (raw === '') throw cannotUnset(param);
  if (!/^[+-]?\d+(\.\d+)?$/.test(raw)) throw invalidRequest(`Invalid number: ${raw}`, { param });
  return Number(raw);
}

function coerceBoolean(raw: string, param: string): boolean {
  if (raw === '') throw cannotUnset(param);
  if (raw !== 'true' && raw !== 'false') throw invalidRequest(`Invalid boolean: ${raw}`, { param });
  return raw === 'true';
}

function coerceArray(schema: Schema, raw: Raw, param: string): Json[] {
  if (raw === '') throw cannotUnset(param);
  if (typeof raw === 'string') throw invalidRequest('Invalid array', { param });
  const keys = Object.keys(raw);
  if (!keys.every((key) => /^\d{1,9}$/.test(key))) throw invalidRequest('Invalid array', { param });
  keys.sort((a, b) => Number(a) - Number(b));
  return keys.map((key) => coerce(schema.items ?? {}, raw[key] ?? '', `${param}[${key}]`));
}

function nested(parent: string, key: string): string {
  return parent === '' ? key : `${parent}[${key}]`;
}

function refuseUnknown(properties: Record<string, Schema>, raw: Form, param: string): void {
  const unknown = Object.keys(raw).filter((key) => !Object.hasOwn(properties, key));
  const names = unknown.map((key) => nested(param, key));
  if (names.length === 0) return;
  const noun = names.length === 1 ? 'parameter' : 'parameters';
  throw invalidRequest(`Received unknown ${noun}: ${names.join(', ')}`, {
    code: 'parameter_unknown',
    param: names[0],
  });
}

function coerceObject(schema: Schema, raw: Raw, param: string): JsonObject {
  if (raw === '') throw cannotUnset(param);
  if (typeof raw === 'string') throw invalidRequest('Invalid object', { param });
  const result: JsonObject = {};
  const open = schema.additionalProperties;
  const properties = schema.properties ?? {};
  if (open === undefined || open === false) refuseUnknown(properties, raw, param);
  for (const name of schema.required ?? []) {
    if (raw[name] === undefined) {
      const missing = nested(param, name);
      throw invalidRequest(`Missing required param: ${missing}.`, {
        code: 'parameter_missing',
        param: missing,
      });
    }
    if (raw[name] === '' && param === '') throw cannotUnset(name);
  }
  for (const [key, value] of Object.entries(raw)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const fallback = typeof open === 'object' ? open : {};
    // defineProperty: a metadata key may be called __proto__.
    Object.defineProperty(result, key, {
      value: coerce(property ?? fallback, value, nested(param, key)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

function coerceOne(schema: Schema, raw: Raw, param: string): Json {
  if (schema.type === 'array') return coerceArray(schema, raw, param);
  if (schema.type === 'object') return coerceObject(schema, raw, param);
  if (typeof raw !== 'string') throw invalidRequest(`Invalid ${schema.type ?? 'string'}`, { param });
  if (schema.type === 'integer') return coerceInteger(raw, param);
  if (schema.type === 'number') return coerceNumber(raw, param);
  if (schema.type === 'boolean') return coerceBoolean(raw, param);
  return coerceText(schema, raw, param);
}

/** Turns what was sent into the types of the data file, or says in Stripe's words what is wrong with it. */
export function coerce(schema: Schema, raw: Raw, param = ''): Json {
  const resolved = resolve(schema);
  if (raw === '' && resolved['x-emptyable'] === true) return '';
  const branches = alternatives(resolved);
  // The error to tell is that of the branch with the same shape as what was sent.
  const fits = (branch: Schema): boolean =>
    (branch.type === 'object' || branch.type === 'array') === (typeof raw === 'object') &&
    !(branch.enum?.length === 1 && branch.enum[0] === '');
  let told: unknown;
  for (const branch of [...branches.filter(fits), ...branches.filter((branch) => !fits(branch))]) {
    try {
      return coerceOne(branch, raw, param);
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      told ??= error;
    }
  }
  throw told;
}
