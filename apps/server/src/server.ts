import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import { createChat } from './chat/chat.ts';
import { createLiveChat } from './chat/live.ts';
import type { Ctx } from './context.ts';
import { bridgeChat } from './notifications/notifications.ts';
import { handlers, sweeps } from './outbox/tasks.ts';
import { type OutboxWorker, startWorker } from './outbox/worker.ts';
import { createSockets } from './ws/sockets.ts';

export type RunningServer = {
  port: number;
  socketPort: number;
  worker: OutboxWorker | undefined;
  /** Finishes what is under way: no new requests, open ones answered, sockets told to come back, tasks completed. */
  stop(): Promise<void>;
};

/**
 * Everything of one server process but its context: HTTP, sockets and, unless configured otherwise, the outbox.
 * `extend` may add pages of a development server.
 */
export async function startServer(
  ctx: Ctx,
  extend: (app: FastifyInstance) => void = () => undefined,
): Promise<RunningServer> {
  const chat = createChat(ctx);
  const app = await createApp(ctx, chat);
  extend(app);
  const live = createLiveChat(ctx, chat);
  const sockets = createSockets(ctx, live);
  sockets.attach(app.server);
  const bridge = bridgeChat(ctx);
  try {
    await app.listen({ port: ctx.config.port, host: ctx.config.host });
    const socketPort = await sockets.listen(ctx.config.socketPort, ctx.config.host);
    const worker = ctx.config.runWorker ? await startWorker(ctx, handlers, sweeps) : undefined;
    return {
      port: (app.server.address() as AddressInfo).port,
      socketPort,
      worker,
      stop: async () => {
        // Side by side: a slow task and a slow client have the same time to finish. If one fails, the others still stop.
        const results = await Promise.allSettled([sockets.stop(), closeHttp(app), worker?.stop()]);
        live.close();
        // Last: what the others finished was published until now.
        await bridge.stop();
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      },
    };
  } catch (error) {
    await sockets.stop();
    await app.close();
    throw error;
  }
}

const idleCheckMs = 50;

/**
 * Answers what is under way and closes. A connection that becomes idle only after closing has begun would otherwise be
 * kept alive for over a minute by a client that hopes to use it again.
 */
async function closeHttp(app: FastifyInstance): Promise<void> {
  const timer = setInterval(() => app.server.closeIdleConnections(), idleCheckMs);
  await app.close().finally(() => clearInterval(timer));
}
