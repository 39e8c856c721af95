import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { closeInGoodOrder } from './closing.ts';
import { bodyLimitMs, limitBodies, requestLimitMs } from './deadlines.ts';
import { serveHealth } from './health.ts';
import { rememberMethods } from './methods.ts';
import { serveOpenApi } from './openapi.ts';
import { type PressureLimit, shedLoad } from './pressure.ts';
import { refuseBrokenHttp, sendProblem } from './problems.ts';

/** An HTTP server with everything that is not a module's: problems, validation, headers, health, documentation. */
export async function createHttpServer(
  ctx: Ctx,
  options: { readyLimitMs?: number; pressure?: PressureLimit; bodyLimitMs?: number } = {},
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: ctx.log as FastifyBaseLogger,
    genReqId: () => newId('req'),
    requestIdHeader: false,
    trustProxy: (_address, hop) => hop < ctx.config.proxies,
    bodyLimit: 128 * 1024,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: 'idle',
    // Ours is a problem like any other refusal; see closing.ts.
    return503OnClosing: false,
    requestTimeout: requestLimitMs,
    http: { headersTimeout: bodyLimitMs },
    frameworkErrors: sendProblem,
    clientErrorHandler: refuseBrokenHttp,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  answerUnknownPaths(app);
  readJsonOnly(app);
  app.decorateRequest('actor', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  closeInGoodOrder(app);
  limitBodies(app, options.bodyLimitMs ?? bodyLimitMs);
  await shedLoad(app, options.pressure);
  // An API with cookies would need more; ours takes bearer tokens only, so credentials stay off.
  await app.register(cors, {
    origin: ctx.config.allowedOrigins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'idempotent-replayed', 'retry-after'],
    maxAge: 600,
    strictPreflight: false,
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  await serveOpenApi(app, ctx);
  serveHealth(app, ctx, options.readyLimitMs);
  return app;
}

function answerUnknownPaths(app: FastifyInstance): void {
  const methodsOf = rememberMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request.url.split('?', 1)[0]!);
    if (methods.length === 0)
      return sendProblem(new AppError('not_found', 'There is nothing at this path.'), request, reply);
    reply.header('allow', methods.join(', '));
    const error = new AppError('method_not_allowed', `This path takes ${methods.join(', ')}.`);
    return sendProblem(error, request, reply);
  });
}

/** JSON and nothing else. No bytes at all are no body, whatever the content type says: many clients always set it. */
function readJsonOnly(app: FastifyInstance): void {
  // A body of {"__proto__": …} is refused, not cleaned up.
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}
