import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';

// Whoever asks asks again in a few seconds: a database that is slower than this is not ready.
const defaultLimitMs = 3_000;

/** /livez: the process answers. /readyz: it can also do work, that is, reach its database. */
export function serveHealth(app: FastifyInstance, ctx: Ctx, limitMs = defaultLimitMs): void {
  // Also while everything else is refused: an orchestrator that cannot ask would only see a dead process.
  const always = {
    schema: { hide: true },
    logLevel: 'silent',
    config: { pressureHandler: () => undefined },
  } as const;
  app.get('/livez', always, async () => ({ status: 'ok' }));
  app.get('/readyz', always, async (_request, reply) => {
    const database = await reachesDatabase(ctx, limitMs);
    return reply.code(database ? 200 : 503).send({ status: database ? 'ok' : 'unavailable', database });
  });
}

async function reachesDatabase(ctx: Ctx, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), limitMs);
  });
  try {
    await Promise.race([sql`select 1`.execute(ctx.db), timeout]);
    return true;
  } catch (error) {
    ctx.log.warn({ err: error }, 'the database does not answer');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
