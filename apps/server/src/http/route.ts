import type { Endpoint, InputOf, ResponseOf } from '@holdfast/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { type RateLimit, requirePlace } from '../rate-limits.ts';
import { type Actor, authenticate, authorize, bearerToken } from './authenticate.ts';
import { sendDocument } from './documents.ts';
import { type Answer, invalidKey, once } from './idempotency.ts';

/** What a handler gets: the validated parts of the request and the caller, if the endpoint has one. */
export type Call<E extends Endpoint> = InputOf<E> & {
  actor: E['access'] extends 'public' ? undefined : Actor;
  idempotencyKey: string | undefined;
  request: FastifyRequest;
  reply: FastifyReply;
};

export type RouteOptions = {
  /** Counted per calling address before anything else happens. */
  addressLimit?: RateLimit;
  /** Counted per signed-in account. */
  accountLimit?: RateLimit;
  /** What an HTML answer may do, if more than show itself: see html.ts. */
  pagePolicy?: string;
};

const nothing = z.strictObject({});

/**
 * Registers one endpoint of the contract. Access, limits, validation and idempotency are the same for all;
 * the handler holds one call of a verb.
 */
export function route<E extends Endpoint>(
  app: FastifyInstance,
  ctx: Ctx,
  endpoint: E,
  handle: (call: Call<E>) => Promise<ResponseOf<E>>,
  options: RouteOptions = {},
): void {
  const statusCode = endpoint.status ?? 200;
  app.route({
    method: endpoint.method,
    url: endpoint.path,
    config: { endpoint, takesFiles: endpoint.multipart !== undefined },
    schema: {
      ...(endpoint.params === undefined ? {} : { params: endpoint.params }),
      // What an endpoint does not take is refused like any unknown field, not dropped.
      querystring: endpoint.query ?? nothing,
      ...(endpoint.method === 'GET' ? {} : { body: endpoint.body ?? endpoint.form ?? nothing.nullish() }),
      response: { [statusCode]: endpoint.response },
    },
    // Before the body is read: a stranger's upload is not worth parsing.
    onRequest: async (request) => {
      if (options.addressLimit !== undefined) await requirePlace(ctx, options.addressLimit, request.ip);
      request.actor = await admit(ctx, endpoint, request);
      if (options.accountLimit !== undefined && request.actor !== undefined)
        await requirePlace(ctx, options.accountLimit, request.actor.userId);
    },
    handler: async (request, reply) => {
      const answer = await answerOnce(ctx, endpoint, request, reply, async () => ({
        statusCode,
        body: await handle(callOf(request, reply) as Call<E>),
      }));
      reply.code(answer.statusCode);
      if (endpoint.produces === undefined || endpoint.produces === '*/*') return reply.send(answer.body);
      return sendDocument(request, reply, {
        type: endpoint.produces,
        name: endpoint.path.split('/').at(-1)!,
        text: answer.body as string,
        ...(options.pagePolicy === undefined ? {} : { policy: options.pagePolicy }),
      });
    },
  });
}

/** The caller of the request, checked against the endpoint's access. A public endpoint has none. */
async function admit(ctx: Ctx, endpoint: Endpoint, request: FastifyRequest): Promise<Actor | undefined> {
  if (endpoint.access === 'public') return undefined;
  const token = bearerToken(request.headers.authorization);
  if (token === undefined)
    throw new AppError('unauthenticated', 'Send "Authorization: Bearer <access token>".');
  const actor = await authenticate(ctx, token);
  authorize(actor, endpoint.access);
  return actor;
}

const callOf = (request: FastifyRequest, reply: FastifyReply) => ({
  actor: request.actor,
  params: request.params,
  query: request.query,
  body: request.body,
  idempotencyKey: headerKey(request),
  request,
  reply,
});

async function answerOnce(
  ctx: Ctx,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const key = headerKey(request);
  if (endpoint.idempotencyKey === undefined || request.actor === undefined) return run();
  if (key === undefined) {
    if (endpoint.idempotencyKey === 'required') throw invalidKey('is required');
    return run();
  }
  const fingerprint = JSON.stringify([request.method, request.url, request.body ?? null]);
  const answer = await once(ctx, { userId: request.actor.userId, key, fingerprint }, run);
  if (answer.isReplay) reply.header('idempotent-replayed', 'true');
  return answer;
}

function headerKey(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  return Array.isArray(header) ? header.join(',') : header;
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | undefined;
  }
  interface FastifyContextConfig {
    endpoint?: Endpoint;
    /** Its bodies are files, which may take longer: whoever takes them sees to the time. */
    takesFiles?: boolean;
  }
}
