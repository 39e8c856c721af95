import type { FastifyInstance } from 'fastify';
import type { Ctx } from './context.ts';
import { createHttpServer } from './http/server.ts';

/** The whole HTTP application: the transport and every module's routes. */
export async function createApp(ctx: Ctx): Promise<FastifyInstance> {
  const app = await createHttpServer(ctx);
  return app;
}
