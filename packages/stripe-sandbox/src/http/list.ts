import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Kind, Stored } from '../store/kinds.ts';
import type { Call } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import { integerOf, textOf } from './parameters.ts';

const paging = new Set(['limit', 'starting_after', 'ending_before', 'expand']);

function limitOf(call: Call): number {
  const limit = integerOf(call.params, 'limit') ?? 10;
  if (limit >= 1 && limit <= 100) return limit;
  const bound = limit < 1 ? 'greater than or equal to 1' : 'less than or equal to 100';
  const message = `This value must be ${bound}.`;
  throw invalidRequest(message, { code: 'parameter_invalid_integer', param: 'limit' });
}

/** A filter is a value to equal, or for times a range of gt, gte, lt, lte. */
export function satisfies(value: Json | undefined, filter: Json): boolean {
  if (!isObject(filter)) return value === filter;
  const time = typeof value === 'number' ? value : Number.NaN;
  const tests: Record<string, (bound: number) => boolean> = {
    gt: (bound) => time > bound,
    gte: (bound) => time >= bound,
    lt: (bound) => time < bound,
    lte: (bound) => time <= bound,
  };
  return Object.entries(filter).every(([name, bound]) => tests[name]?.(Number(bound)) ?? true);
}

function matches(record: Stored, filters: [string, Json][]): boolean {
  return filters.every(([name, filter]) => satisfies((record.data as JsonObject)[name], filter));
}

function cursorIndex(records: Stored[], call: Call, name: string): number {
  const id = textOf(call.params, name);
  const index = records.findIndex((record) => (record.data as JsonObject).id === id);
  if (index >= 0) return index;
  const message = `No such ${records[0]?.kind ?? 'object'}: '${id}'`;
  throw invalidRequest(message, { code: 'resource_missing', param: name });
}

function filtersOf(call: Call, own: string[]): [string, Json][] {
  const given: [string, Json][] = [];
  for (const [name, value] of Object.entries(call.params)) {
    if (!paging.has(name) && !own.includes(name) && value !== undefined && value !== '')
      given.push([name, value]);
  }
  return given;
}

/** Cuts a page out of records that are newest first. */
export function page(call: Call, newestFirst: Stored[]): JsonObject {
  const limit = limitOf(call);
  let from = 0;
  let to = limit;
  if (textOf(call.params, 'starting_after') !== undefined) {
    from = cursorIndex(newestFirst, call, 'starting_after') + 1;
    to = from + limit;
  } else if (textOf(call.params, 'ending_before') !== undefined) {
    to = cursorIndex(newestFirst, call, 'ending_before');
    from = Math.max(0, to - limit);
    const data = newestFirst.slice(from, to).map((record) => record.data as JsonObject);
    return { object: 'list', data, has_more: from > 0, url: call.pathname };
  }
  const data = newestFirst.slice(from, to).map((record) => record.data as JsonObject);
  return { object: 'list', data, has_more: newestFirst.length > to, url: call.pathname };
}

/**
 * A list endpoint's answer: the account's records of a kind, filtered by the parameters that bear the name of
 * a field. `where` handles the rest, whose names are given as `own`.
 */
export function list<K extends Kind>(
  call: Call,
  kind: K,
  where: (record: Stored<K>) => boolean = () => true,
  own: string[] = [],
): JsonObject {
  const filters = filtersOf(call, own);
  const records = call.tx
    .all(kind)
    .filter((record) => record.account === call.account && where(record))
    .filter((record) => matches(record as Stored, filters))
    .reverse();
  return page(call, records as Stored[]);
}
