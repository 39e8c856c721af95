import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { serveHealth } from './health.ts';
import { serveOpenApi } from './openapi.ts';
import { sendProblem } from './problems.ts';

/** An HTTP server with everything that is not a module's: problems, validation, headers, health, documentation. */
export async function createHttpServer(ctx: Ctx): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: ctx.log as FastifyBaseLogger,
    genReqId: () => newId('req'),
    requestIdHeader: false,
    trustProxy: ctx.config.trustProxy,
    bodyLimit: 128 * 1024,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    // A body of {"__proto__": …} is refused, not cleaned up.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new AppError('not_found', 'There is nothing at this path.'), request, reply),
  );
  app.decorateRequest('actor', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  // An API with cookies would need more; ours takes bearer tokens only, so credentials stay off.
  await app.register(cors, {
    origin: ctx.config.allowedOrigins,
    exposedHeaders: ['x-request-id', 'idempotent-replayed', 'retry-after'],
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  await serveOpenApi(app, ctx);
  serveHealth(app, ctx);
  return app;
}
