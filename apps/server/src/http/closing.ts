import type { FastifyInstance } from 'fastify';
import { secondMs } from '../clock.ts';
import { AppError } from '../errors.ts';

const reapEveryMs = 100;
// Less than stop-on-signal.ts waits: a client that does not read its answer must not turn a stop into a failure.
const limitMs = 10 * secondMs;

/**
 * While the server closes, what is under way is answered and new requests on open connections are sent elsewhere.
 * Connections are closed as soon as they are idle: one that was busy at first would be kept alive for a minute more.
 */
export function closeInGoodOrder(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    const reaper = setInterval(() => app.server.closeIdleConnections(), reapEveryMs);
    const limit = setTimeout(() => app.server.closeAllConnections(), limitMs);
    app.server.once('close', () => {
      clearInterval(reaper);
      clearTimeout(limit);
    });
    // A server that never listened does not close either.
    reaper.unref();
    limit.unref();
  });
  app.addHook('onRequest', async () => {
    if (isClosing)
      throw new AppError('unavailable', 'This server is stopping. Try again.', { retryAfterSeconds: 1 });
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}
