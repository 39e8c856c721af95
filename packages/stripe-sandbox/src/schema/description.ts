import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json } from '../json.ts';

/** The part of OpenAPI 3.0 that the data file uses. */
export type Schema = {
  $ref?: string;
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';
  enum?: Json[];
  nullable?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
  'x-expandable'?: boolean;
  'x-emptyable'?: boolean;
  'x-list'?: boolean;
  'x-metadata'?: boolean;
  'x-resource'?: string;
  'x-stub'?: boolean;
};

export type Operation = {
  operationId: string;
  responses: { '200': { content: { 'application/json': { schema: Schema } } } };
  requestBody?: { content: Record<string, { schema: Schema }> };
  'x-query'?: Schema;
};

export type ApiDescription = {
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
  'x-stripe-events': Record<string, { object: Schema }>;
};

const file = new URL('../../data/stripe-v1-2026-10-28.endive.json.gz', import.meta.url);

export const api = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as ApiDescription;

export const apiVersion = api.info.version;

const referencePrefix = '#/components/schemas/';

/** Follows a `$ref` to the schema it names. */
export function resolve(schema: Schema): Schema {
  let current = schema;
  while (current.$ref !== undefined) {
    const target = api.components.schemas[current.$ref.slice(referencePrefix.length)];
    if (target === undefined) throw new Error(`The data file has no schema ${current.$ref}`);
    current = target;
  }
  return current;
}

/** All schemas a value may have: the branches of `anyOf`, resolved. */
export function alternatives(schema: Schema): Schema[] {
  const resolved = resolve(schema);
  return resolved.anyOf === undefined ? [resolved] : resolved.anyOf.flatMap(alternatives);
}

/** The parameters of an operation, or nothing when it takes none. */
export function parametersOf(operation: Operation): Schema {
  const body = operation.requestBody?.content;
  const form = body === undefined ? undefined : Object.values(body)[0]?.schema;
  return form ?? operation['x-query'] ?? { type: 'object', properties: {} };
}

export function responseOf(operation: Operation): Schema {
  return operation.responses['200'].content['application/json'].schema;
}
