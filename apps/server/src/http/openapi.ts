import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { operations } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { describeSocket } from './asyncapi-document.ts';
import { describeApi } from './openapi-document.ts';

/**
 * OpenAPI 3.1 at /api/openapi.json, made from the contract, and a page to try it at /api/docs; the socket as AsyncAPI 3 at
 * /api/asyncapi.json.
 */
export async function serveOpenApi(app: FastifyInstance, ctx: Ctx): Promise<void> {
  const document = describeApi(operations(), ctx.config.publicUrl);
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    // null: the badge would send the document's address to a server of somebody else.
    uiConfig: {
      persistAuthorization: true,
      displayOperationId: true,
      docExpansion: 'list',
      validatorUrl: null,
    },
    staticCSP: policyOf(ctx.config.publicUrl),
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => document);
  const socket = describeSocket(ctx.config.publicUrl, ctx.config.socketPort);
  app.get('/api/asyncapi.json', { schema: { hide: true } }, async () => socket);
}

/** The page loads from this server and calls it, or the same one by its public address; plain http works, too. */
const policyOf = (publicUrl: string) =>
  [
    "default-src 'self'",
    "base-uri 'self'",
    `connect-src 'self' ${new URL(publicUrl).origin}`,
    "frame-ancestors 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
  ].join('; ');
