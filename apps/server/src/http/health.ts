import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';

/** /livez: the process answers. /readyz: it can also do work, that is, reach its database. */
export function serveHealth(app: FastifyInstance, ctx: Ctx): void {
  app.get('/livez', { schema: { hide: true }, logLevel: 'silent' }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { hide: true }, logLevel: 'silent' }, async (_request, reply) => {
    const database = await reachesDatabase(ctx);
    return reply.code(database ? 200 : 503).send({ status: database ? 'ok' : 'unavailable', database });
  });
}

async function reachesDatabase(ctx: Ctx): Promise<boolean> {
  try {
    await sql`select 1`.execute(ctx.db);
    return true;
  } catch (error) {
    ctx.log.warn({ err: error }, 'the database does not answer');
    return false;
  }
}
