import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { bearerToken, hashToken } from '../http/authenticate.ts';
import { createGauges } from './gauges.ts';

/**
 * GET /metrics in the text format of Prometheus, for whoever holds METRICS_TOKEN. Without that variable nothing is
 * measured and the path does not exist. Reachable also while the server refuses work for being late.
 */
export function serveMetrics(app: FastifyInstance, ctx: Ctx): void {
  const { metricsToken } = ctx.config;
  if (metricsToken === undefined) return;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureRequests(app, registry);
  const up = new Gauge({
    name: 'holdfast_database_up',
    help: '1 if the database answered; if not, what is read from it is left out',
    registers: [registry],
  });
  const gauges = createGauges();
  app.get(
    '/metrics',
    { schema: { hide: true }, logLevel: 'silent', config: { pressureHandler: () => undefined } },
    async (request, reply) => {
      requireToken(request.headers.authorization, metricsToken);
      const fromDatabase = await gauges.read(ctx).catch((error) => {
        ctx.log.warn({ err: error }, 'metrics without the database');
        return undefined;
      });
      up.set(fromDatabase === undefined ? 0 : 1);
      const text = `${await registry.metrics()}\n${fromDatabase ?? ''}`;
      return reply.type(registry.contentType).serializer(String).send(text);
    },
  );
}

/** Both are hashed first: then their lengths are the same, and comparing takes the same time whatever differs. */
function requireToken(header: string | undefined, expected: string): void {
  const given = bearerToken(header);
  if (given !== undefined && timingSafeEqual(hashToken(given), hashToken(expected))) return;
  throw new AppError('unauthenticated', 'Send "Authorization: Bearer <METRICS_TOKEN>".');
}

function measureRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, never the path: paths hold ids, and there is no end of those that do not exist.
    const route = request.routeOptions.url ?? 'none';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}
