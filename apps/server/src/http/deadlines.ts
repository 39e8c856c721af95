import type { FastifyInstance, FastifyRequest } from 'fastify';
import { minuteMs, secondMs } from '../clock.ts';
import { refuseBrokenHttp } from './problems.ts';

/** For headers of any request, and for the body of any but an upload. */
export const bodyLimitMs = 30 * secondMs;
/** For all of any request: uploads end themselves before. */
export const requestLimitMs = 20 * minuteMs;

/**
 * Node knows one time limit for all requests, and files from a phone take longer than anybody should need for a form.
 * So bodies that are not files have theirs here; whoever takes longer is told so and cut off.
 */
export function limitBodies(app: FastifyInstance, limitMs: number): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  const stop = (request: FastifyRequest) => clearTimeout(timers.get(request));
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.takesFiles === true || !hasBody(request)) return;
    const { socket } = request.raw;
    timers.set(
      request,
      setTimeout(() => refuseBrokenHttp(tooSlow(), socket), limitMs),
    );
    request.raw.once('close', () => stop(request));
  });
  // By now the body has been read.
  app.addHook('preValidation', async (request) => stop(request));
  // Or it was refused before it was read, or while.
  app.addHook('onResponse', async (request) => stop(request));
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const tooSlow = () =>
  Object.assign(new Error('the body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
