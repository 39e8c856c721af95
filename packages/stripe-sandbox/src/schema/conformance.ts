import { isObject, type Json } from '../json.ts';
import { alternatives, resolve, type Schema } from './description.ts';

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function objectProblems(schema: Schema, value: Json, path: string): string[] {
  if (!isObject(value)) return [`${path}: expected an object, got ${kindOf(value)}`];
  const problems: string[] = [];
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) problems.push(`${path}.${name}: required, but absent`);
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const property = schema.properties?.[key];
    const open = schema.additionalProperties;
    if (property !== undefined) problems.push(...conformanceProblems(property, member, `${path}.${key}`));
    else if (open === undefined || open === false)
      problems.push(`${path}.${key}: not in the API description`);
    else if (open !== true) problems.push(...conformanceProblems(open, member, `${path}.${key}`));
  }
  return problems;
}

function problemsWith(schema: Schema, value: Json, path: string): string[] {
  if (schema.type === 'object') return objectProblems(schema, value, path);
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path}: expected an array, got ${kindOf(value)}`];
    return value.flatMap((item, index) => conformanceProblems(schema.items ?? {}, item, `${path}[${index}]`));
  }
  const kind = kindOf(value);
  const typed =
    schema.type === undefined || kind === schema.type || (schema.type === 'number' && kind === 'integer');
  if (!typed) return [`${path}: expected ${schema.type}, got ${kind}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [`${path}: ${JSON.stringify(value)} is not one of the values in the API description`];
  }
  return [];
}

/** What is wrong with a response or an event's object, by the data file; empty when it conforms. */
export function conformanceProblems(schema: Schema, value: Json, path = '$'): string[] {
  const resolved = resolve(schema);
  if (value === null) {
    const branches = resolved.anyOf?.map(resolve) ?? [];
    const nullable =
      schema.nullable === true || resolved.nullable === true || branches.some((b) => b.nullable);
    return nullable || Object.keys(resolved).length === 0 ? [] : [`${path}: null, but not nullable`];
  }
  const attempts = alternatives(resolved).map((branch) => problemsWith(branch, value, path));
  attempts.sort((a, b) => a.length - b.length);
  return attempts[0] ?? [];
}
