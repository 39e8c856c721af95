import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { errorTable } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Ctx } from '../context.ts';

const transform = createJsonSchemaTransform({});

/** OpenAPI 3.1 at /api/openapi.json, made from the contract, and a page to try it at /api/docs. */
export async function serveOpenApi(app: FastifyInstance, ctx: Ctx): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast API',
        version: '0.1.0',
        description: introduction,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: ctx.config.publicUrl }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (source) => {
      const result = transform(source);
      const endpoint = source.route.config?.endpoint;
      if (endpoint === undefined) return { schema: { ...result.schema, hide: true }, url: result.url };
      const schema = result.schema as Record<string, unknown>;
      if (endpoint.access !== 'public') schema.security = [{ bearer: [] }];
      schema.description = describe(endpoint);
      if (endpoint.idempotencyKey !== undefined)
        schema.headers = idempotencyHeader(endpoint.idempotencyKey === 'required');
      return { schema: schema as typeof result.schema, url: result.url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { persistAuthorization: true },
    staticCSP: true,
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

const introduction = `Money is integer minor units and a lower-case currency: 12.50 EUR is \`{"amount": 1250, "currency": "eur"}\`.
Times are UTC in ISO 8601. Identifiers are opaque. Unknown fields are refused.
Errors are RFC 9457 \`application/problem+json\` with a stable \`code\`. What belongs to somebody else is 404.
Lists are pages: send \`nextCursor\` back as \`cursor\`. POSTs that move money take an \`Idempotency-Key\`.
The socket protocol (chat, live notices) is described in the repository under docs/.`;

type Described = { access: string; description?: string; errors?: readonly (keyof typeof errorTable)[] };

function describe(endpoint: Described): string {
  const audience =
    endpoint.access === 'public'
      ? 'Anybody may call this.'
      : `For: ${endpoint.access === 'user' ? 'anybody signed in' : `${endpoint.access}s`}.`;
  const errors = (endpoint.errors ?? []).map((code) => `\`${code}\` (${errorTable[code].status})`);
  return [
    endpoint.description,
    audience,
    errors.length > 0 ? `Errors beyond the usual: ${errors.join(', ')}.` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

const idempotencyHeader = (isRequired: boolean) => ({
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description:
        'A value of your own for this action, e.g. a UUID; repeating the request with it has no second effect.',
    },
  },
  ...(isRequired ? { required: ['idempotency-key'] } : {}),
});
