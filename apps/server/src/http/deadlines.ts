import type { FastifyInstance } from 'fastify';
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
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.takesFiles !== true && !request.raw.complete) {
      const timer = setTimeout(() => refuseBrokenHttp(tooSlow(), request.raw.socket), limitMs);
      request.raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}

const tooSlow = () =>
  Object.assign(new Error('the body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
