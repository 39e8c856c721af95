import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import type { Ctx } from './context.ts';
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
  const app = await createApp(ctx);
  extend(app);
  const sockets = createSockets(ctx);
  sockets.attach(app.server);
  try {
    await app.listen({ port: ctx.config.port, host: ctx.config.host });
    const socketPort = await sockets.listen(ctx.config.socketPort, ctx.config.host);
    const worker = ctx.config.runWorker ? await startWorker(ctx, handlers, sweeps) : undefined;
    return {
      port: (app.server.address() as AddressInfo).port,
      socketPort,
      worker,
      stop: async () => {
        await sockets.stop();
        await app.close();
        await worker?.stop();
      },
    };
  } catch (error) {
    await sockets.stop();
    await app.close();
    throw error;
  }
}
