import { invalidRequest } from '../http/errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Transaction } from '../store/transaction.ts';
import { alternatives, resolve, type Schema } from './description.ts';

const maximumDepth = 4;

/** The property under any object the schema allows, with `items` of arrays passed through. */
function propertySchemas(schema: Schema, name: string): Schema[] {
  return alternatives(schema).flatMap((branch) => {
    if (branch.type === 'array') return propertySchemas(branch.items ?? {}, name);
    const property = branch.properties?.[name];
    return property === undefined ? [] : [property];
  });
}

function isExpandable(schema: Schema): boolean {
  const resolved = resolve(schema);
  if (resolved['x-expandable'] === true || resolved['x-list'] === true) return true;
  return resolved.type === 'array' && resolved.items !== undefined && isExpandable(resolved.items);
}

function check(path: string, response: Schema): string[] {
  const segments = path.split('.');
  if (segments.length > maximumDepth) {
    throw invalidRequest(
      `You cannot expand more than ${maximumDepth} levels of a property. Property: ${path}`,
      {
        param: 'expand',
      },
    );
  }
  let schemas = [response];
  for (const segment of segments) schemas = schemas.flatMap((schema) => propertySchemas(schema, segment));
  const listItself = segments.length === 1 && segments[0] === 'data';
  if (!schemas.some(isExpandable) || listItself) {
    throw invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
  }
  return segments;
}

/** Lists that are shown only when asked for. */
function included(tx: Transaction, owner: JsonObject, name: string): Json | undefined {
  const id = String(owner.id);
  if (owner.object === 'charge' && name === 'refunds') {
    const data = tx.all('refund').filter((refund) => refund.data.charge === id);
    return {
      object: 'list',
      data: data.map((refund) => structuredClone(refund.data)).reverse(),
      has_more: false,
      url: `/v1/charges/${id}/refunds`,
    };
  }
  if (owner.object === 'customer') {
    return { object: 'list', data: [], has_more: false, url: `/v1/customers/${id}/${name}` };
  }
  return undefined;
}

function fetched(tx: Transaction, value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => fetched(tx, item) ?? null);
  if (typeof value !== 'string') return value;
  const record = tx.findAny(value);
  return record === undefined ? value : (structuredClone(record.data) as JsonObject);
}

function expandIn(tx: Transaction, value: Json | undefined, segments: string[]): void {
  const [name, ...rest] = segments;
  if (name === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) expandIn(tx, item, segments);
  } else if (isObject(value)) {
    const member = value[name] ?? included(tx, value, name);
    const last = rest.length === 0;
    // On the way a string is an id to follow, at the end it is the one that was asked for.
    if (last || typeof member === 'string') value[name] = fetched(tx, member);
    expandIn(tx, value[name], rest);
  }
}

/** A copy of the answer with the properties of `expand[]` in place of their ids. */
export function expanded(tx: Transaction, body: JsonObject, response: Schema, paths: string[]): JsonObject {
  const checked = paths.map((path) => check(path, response));
  if (checked.length === 0) return body;
  const copy = structuredClone(body);
  for (const segments of checked) expandIn(tx, copy, segments);
  return copy;
}
