import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as contract from './index.ts';
import { type Endpoint, endpoint, errorTable, operations, tags } from './index.ts';

const all = operations();
const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'access' in value;

describe('the API as data', () => {
  test('every endpoint that the contract exports is part of the API', () => {
    const exported = Object.values(contract)
      .filter((value) => typeof value === 'object' && value !== null)
      .flatMap((group) => Object.values(group as Record<string, unknown>).filter(isEndpoint));
    const listed = new Set(all.map((operation) => operation.endpoint));
    expect(exported.length).toBeGreaterThan(45);
    expect(exported.filter((one) => !listed.has(one)).map((one) => one.path)).toEqual([]);
  });

  test('every endpoint says who may call it, what it is for and under which tag', () => {
    const known = new Set(tags.map((tag) => tag.name));
    for (const { id, endpoint: one } of all) {
      expect(['public', 'user', 'customer', 'contractor', 'admin'], id).toContain(one.access);
      expect(one.summary.length, id).toBeGreaterThan(5);
      expect(known, id).toContain(one.tag);
    }
    expect(tags.filter((tag) => !all.some(({ endpoint: one }) => one.tag === tag.name))).toEqual([]);
  });

  test('ids are unique, and no two endpoints have the same method and path', () => {
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    const places = all.map(({ endpoint: one }) => `${one.method} ${one.path.replace(/:\w+/g, ':')}`);
    expect(new Set(places).size).toBe(all.length);
  });

  test('the paths that the brief names are there', () => {
    const places = new Set(all.map(({ endpoint: one }) => `${one.method} ${one.path}`));
    for (const place of [
      'POST /api/payments/create-intent',
      'POST /api/payments/confirm',
      'GET /api/payments/history',
      'POST /api/payouts/connect',
      'GET /api/payouts/balance',
      'POST /api/payouts/withdraw',
      'GET /api/payouts/history',
      'POST /api/webhooks/stripe',
    ])
      expect(places).toContain(place);
  });

  test('every parameter of a path is described, and nothing else', () => {
    for (const { id, endpoint: one } of all) {
      const named = [...one.path.matchAll(/:(\w+)/g)].map((match) => match[1]);
      expect(Object.keys(one.params?.shape ?? {}), id).toEqual(named);
    }
  });

  test('inputs refuse unknown fields, at any depth', () => {
    for (const { id, endpoint: one } of all)
      for (const part of [one.params, one.query, one.body])
        if (part !== undefined) expect(openObjects(part, 'input'), id).toEqual([]);
  });

  test('texts and lists in inputs are bounded', () => {
    for (const { id, endpoint: one } of all)
      for (const part of [one.params, one.query, one.body])
        if (part !== undefined) expect(unbounded(part), id).toEqual([]);
  });

  test('every body has examples, and they fit', () => {
    for (const { id, endpoint: one } of all) {
      if (one.body === undefined) continue;
      const examples = (z.globalRegistry.get(one.body)?.examples ?? []) as unknown[];
      expect(examples.length, id).toBeGreaterThan(0);
      for (const example of examples) expect(one.body.safeParse(example).error, id).toBeUndefined();
    }
  });

  test('every named resource has an example, and it fits', () => {
    const named = namedSchemas();
    expect(named.size).toBeGreaterThan(25);
    for (const [name, schema] of named) {
      const examples = (z.globalRegistry.get(schema)?.examples ?? []) as unknown[];
      if (schema instanceof z.ZodObject) expect(examples.length, name).toBeGreaterThan(0);
      for (const example of examples) expect(z.safeParse(schema, example).error, name).toBeUndefined();
    }
  });

  test('codes beyond the usual are in the table of errors', () => {
    for (const { endpoint: one } of all)
      for (const code of one.errors ?? []) expect(Object.hasOwn(errorTable, code)).toBe(true);
  });
});

describe('these rules can fail', () => {
  test('an open object and an unbounded text are found', () => {
    const body = z.strictObject({ inner: z.object({ text: z.string() }), list: z.array(z.string().max(3)) });
    const sample = endpoint({
      method: 'POST',
      path: '/api/x',
      tag: 'X',
      summary: 'X',
      access: 'public',
      body,
      response: z.undefined(),
    });
    expect(openObjects(sample.body, 'input')).toEqual(['inner']);
    expect(unbounded(sample.body)).toEqual(['inner.text', 'list']);
  });
});

type Json = { [keyword: string]: unknown };

/** Every place in the schema with its path; references are followed once. */
function places(schema: z.ZodType, io: 'input' | 'output'): { path: string; json: Json }[] {
  const root = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  const definitions = (root.$defs ?? {}) as Record<string, Json>;
  const walk = (json: Json, path: string): { path: string; json: Json }[] => {
    if (typeof json.$ref === 'string') return walk(definitions[json.$ref.split('/').at(-1)!]!, path);
    const forms = ((json.anyOf ?? json.oneOf ?? json.allOf ?? []) as Json[]).flatMap((form) =>
      walk(form, path),
    );
    const properties = Object.entries((json.properties ?? {}) as Record<string, Json>).flatMap(
      ([name, inner]) => walk(inner, path === '' ? name : `${path}.${name}`),
    );
    const items = json.items === undefined ? [] : walk(json.items as Json, `${path}[]`);
    return [{ path, json }, ...forms, ...properties, ...items];
  };
  return walk(root, '');
}

const openObjects = (schema: z.ZodType, io: 'input' | 'output') =>
  places(schema, io)
    .filter(({ json }) => json.type === 'object' && json.additionalProperties !== false)
    .map(({ path }) => path);

const unbounded = (schema: z.ZodType) =>
  places(schema, 'input')
    .filter(
      ({ json }) =>
        (json.type === 'string' && !isBoundedText(json)) ||
        (json.type === 'array' && json.maxItems === undefined),
    )
    .map(({ path }) => path);

/** By length, by a list of values, or by a pattern or format that has a length of its own. */
const isBoundedText = (json: Json) =>
  json.maxLength !== undefined ||
  json.enum !== undefined ||
  json.const !== undefined ||
  json.format === 'date' ||
  (typeof json.pattern === 'string' && !/[*+]/.test(json.pattern));

function namedSchemas(): Map<string, z.core.$ZodType> {
  const found = new Map<string, z.core.$ZodType>();
  for (const value of Object.values(contract))
    if (value instanceof z.ZodType) {
      const id = z.globalRegistry.get(value)?.id;
      if (id !== undefined) found.set(id, value);
    }
  return found;
}
