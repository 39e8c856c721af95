import { type Endpoint, type ErrorCode, errorTable, type Operation, Problem, tags } from '@holdfast/contract';
import { z } from 'zod';
import { type Components, exampleOf, type JsonSchema, toJsonSchema } from './openapi-schemas.ts';

export type OpenApiDocument = {
  openapi: string;
  info: JsonSchema;
  servers: { url: string; description: string }[];
  tags: readonly { name: string; description: string }[];
  paths: Record<string, Record<string, JsonSchema>>;
  components: { schemas: Components; securitySchemes: JsonSchema };
};

/** OpenAPI 3.1 of these endpoints. Everything in it comes from the contract. */
export function describeApi(operations: readonly Operation[], publicUrl: string): OpenApiDocument {
  const schemas: Components = {};
  toJsonSchema(Problem, 'output', schemas);
  const paths: OpenApiDocument['paths'] = {};
  for (const { id, endpoint } of operations) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: describe(id, endpoint, schemas) };
  }
  const used = new Set(operations.map(({ endpoint }) => endpoint.tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast API',
      version: '0.1.0',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: '/', description: 'The server this document came from' },
      { url: publicUrl, description: 'Its public address' },
    ],
    tags: tags.filter((tag) => used.has(tag.name)),
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The `accessToken` that signing in answers. It lives 15 minutes; refresh it in time.',
        },
      },
    },
  };
}

const introduction = `Money is integer minor units and a lower-case currency: 12.50 EUR is \`{"amount": 1250, "currency": "eur"}\`.

Times are UTC in ISO 8601. Identifiers are opaque. In requests unknown fields are refused; answers may gain fields.

Errors are RFC 9457 \`application/problem+json\`: decide by the stable \`code\`, show \`detail\` to developers, and quote \`requestId\` when you ask for help. \`errors\` names each field of a request that is not valid. What belongs to somebody else is a 404.

Lists are pages: send \`nextCursor\` back as \`cursor\` until it is null. New items never shift a page.

POSTs that move money take an \`Idempotency-Key\`: same key and body, the first answer again; same key and another body, 422; the first still running, 409.

The socket (chat) is described by \`/api/asyncapi.json\`, and in the repository by docs/socket.md.`;

function describe(operationId: string, endpoint: Endpoint, schemas: Components): JsonSchema {
  return {
    operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: [endpoint.description, audience(endpoint)].filter(Boolean).join('\n\n'),
    ...(endpoint.access === 'public' ? {} : { security: [{ bearer: [] }] }),
    parameters: parametersOf(endpoint, schemas),
    ...requestBody(endpoint, schemas),
    responses: { [endpoint.status ?? 200]: success(endpoint, schemas), ...problems(endpoint) },
  };
}

function audience({ access }: Endpoint): string {
  if (access === 'public') return 'Anybody may call this, without a token.';
  return access === 'user' ? 'For anybody signed in.' : `For ${access}s.`;
}

function parametersOf(endpoint: Endpoint, schemas: Components): JsonSchema[] {
  return [
    ...fieldsOf(endpoint.params, 'path', schemas),
    ...fieldsOf(endpoint.query, 'query', schemas),
    ...(endpoint.signedBody === undefined
      ? []
      : [{ in: 'header', name: endpoint.signedBody.header, required: true, schema: { type: 'string' } }]),
    ...(endpoint.idempotencyKey === undefined ? [] : [idempotencyHeader(endpoint.idempotencyKey)]),
  ];
}

/** The fields of params or query: what they are once read (limit is a number), needed as when they are sent. */
function fieldsOf(schema: z.ZodType | undefined, place: 'path' | 'query', schemas: Components): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties } = toJsonSchema(schema, 'output', schemas) as { properties: Components };
  const { required = [] } = toJsonSchema(schema, 'input', schemas) as { required?: string[] };
  return Object.entries(properties).map(([name, { description, examples, ...rest }]) => ({
    in: place,
    name,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(Array.isArray(examples) ? { example: examples[0] } : {}),
  }));
}

const idempotencyHeader = (use: 'optional' | 'required'): JsonSchema => ({
  in: 'header',
  name: 'idempotency-key',
  required: use === 'required',
  description:
    'A value of your own for this one action, e.g. a UUID. Repeating the request with it has no second effect.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  example: '5f0c2a8e-5f0e-4b7b-9c33-0d6a3c1b7a10',
});

function requestBody(endpoint: Endpoint, schemas: Components): { requestBody?: JsonSchema } {
  const { body, form, multipart, signedBody } = endpoint;
  if (form !== undefined) return { requestBody: plainFormOf(form, schemas) };
  if (multipart !== undefined) return { requestBody: formOf(multipart, schemas) };
  if (signedBody !== undefined) {
    const content = {
      'application/json': { schema: { type: 'object' }, example: { id: 'evt_1', object: 'event' } },
    };
    return { requestBody: { required: true, description: signedBody.description, content } };
  }
  if (body === undefined) return {};
  const schema = toJsonSchema(body, 'input', schemas);
  const given = (z.globalRegistry.get(body)?.examples ?? [exampleOf(schema, schemas)]) as unknown[];
  const examples = Object.fromEntries(given.map((value, index) => [`example${index + 1}`, { value }]));
  const shown = given.length === 1 ? { example: given[0] } : { examples };
  const { examples: _same, ...plain } = schema;
  const types = ['application/json', ...(endpoint.takesForm ? ['application/x-www-form-urlencoded'] : [])];
  const content = Object.fromEntries(types.map((type) => [type, { schema: plain, ...shown }]));
  return { requestBody: { required: true, content } };
}

/** A form without files, in both of its encodings. */
function plainFormOf(fields: z.ZodObject, schemas: Components): JsonSchema {
  const schema = toJsonSchema(fields, 'input', schemas);
  const content = { schema, example: exampleOf(schema, schemas) };
  const types = ['application/x-www-form-urlencoded', 'multipart/form-data'];
  return { required: true, content: Object.fromEntries(types.map((type) => [type, content])) };
}

/** Files and the fields beside them, as a form. */
function formOf(fields: z.ZodObject, schemas: Components): JsonSchema {
  const { properties, ...schema } = toJsonSchema(fields, 'input', schemas) as { properties: Components };
  const file = { type: 'array', items: { type: 'string', contentMediaType: 'application/octet-stream' } };
  const required = [...((schema as { required?: string[] }).required ?? []), 'file'];
  const form = { ...schema, properties: { ...properties, file }, required };
  return { required: true, content: { 'multipart/form-data': { schema: form } } };
}

function success(endpoint: Endpoint, schemas: Components): JsonSchema {
  const status = endpoint.status ?? 200;
  const description = {
    200: 'Done',
    201: 'Created',
    202: 'Accepted: it happens in a moment',
    204: 'Done',
    302: 'It is there',
  }[status];
  if (status === 204 || status === 302) return { description };
  if (endpoint.produces === '*/*')
    return { description, content: { '*/*': { schema: { contentMediaType: '*/*' } } } };
  const schema = toJsonSchema(endpoint.response, 'output', schemas);
  const type = endpoint.produces ?? 'application/json';
  return { description, content: { [type]: { schema, example: exampleOf(schema, schemas) } } };
}

/** What can go wrong: the codes of the endpoint and those that any endpoint of its kind can answer, by status. */
function problems(endpoint: Endpoint): Record<string, JsonSchema> {
  const codes = new Set<ErrorCode>(['rate_limited']);
  const takesInput = [endpoint.body, endpoint.query, endpoint.params].some((part) => part !== undefined);
  if (takesInput) codes.add('validation_failed');
  if (endpoint.body !== undefined)
    for (const code of ['malformed_request', 'payload_too_large', 'unsupported_media_type'] as const)
      codes.add(code);
  if (endpoint.access !== 'public')
    for (const code of ['unauthenticated', 'token_expired', 'account_suspended'] as const) codes.add(code);
  if (endpoint.access !== 'public' && endpoint.access !== 'user') codes.add('forbidden');
  if (endpoint.access === 'admin') codes.add('second_factor_not_enrolled');
  if (endpoint.params !== undefined) codes.add('not_found');
  if (endpoint.idempotencyKey !== undefined)
    for (const code of ['idempotency_in_flight', 'idempotency_mismatch'] as const) codes.add(code);
  for (const code of endpoint.errors ?? []) codes.add(code);
  const all = [...codes].map((code) => ({ code, ...errorTable[code] })).sort((a, b) => a.status - b.status);
  const byStatus = Map.groupBy(all, (one) => one.status);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      String(status),
      {
        description: list.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            example: problemExample(list[0]!.code),
          },
        },
      },
    ]),
  );
}

function problemExample(code: ErrorCode): Problem {
  const { status, title } = errorTable[code];
  return {
    type: `urn:holdfast:problem:${code}`,
    title,
    status,
    code,
    detail: title,
    requestId: 'req_5qZr8Vb2NfK0tXy7WcL3mD',
    ...(code === 'validation_failed'
      ? { detail: 'body.title: is too short', errors: [{ path: 'body.title', message: 'is too short' }] }
      : {}),
    ...(code === 'card_declined' ? { declineCode: 'insufficient_funds' } : {}),
    ...(code === 'insufficient_funds' ? { availableAt: '2026-12-04T00:00:00.000Z' } : {}),
    ...(code === 'rate_limited' ? { retryAfterSeconds: 30 } : {}),
  };
}
