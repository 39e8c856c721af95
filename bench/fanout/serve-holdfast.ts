import { systemClock } from '../../apps/server/src/clock.ts';
import type { FcmConfig } from '../../apps/server/src/config-push.ts';
import { closeContext, createContext } from '../../apps/server/src/context.ts';
import { createLog } from '../../apps/server/src/log.ts';
import { handlers, sweeps } from '../../apps/server/src/outbox/tasks.ts';
import { startWorker } from '../../apps/server/src/outbox/worker.ts';
import { startServer } from '../../apps/server/src/server.ts';
import { type BenchConfig, configOf } from '../bench-config.ts';
import { serveUntilLeft, settingsOf } from '../child.ts';

export type FanoutSettings = BenchConfig & {
  fcm: FcmConfig;
  /** everything: as npm start does · server: with RUN_WORKER=false · worker: as npm run worker. */
  part: 'everything' | 'server' | 'worker';
};

export type FanoutStarted = { http: string; socket: string };

const settings = settingsOf<FanoutSettings>();
const config = {
  ...configOf(settings),
  fcm: settings.fcm,
  port: 0,
  socketPort: 0,
  runWorker: settings.part === 'everything',
};
const ctx = createContext(config, systemClock, createLog('error'));

if (settings.part === 'worker') {
  const worker = await startWorker(ctx, handlers, sweeps);
  serveUntilLeft({ http: '', socket: '' }, async () => {
    await worker.stop();
    await closeContext(ctx);
  });
} else {
  const server = await startServer(ctx);
  const started: FanoutStarted = {
    http: `http://127.0.0.1:${server.port}`,
    socket: `ws://127.0.0.1:${server.socketPort}`,
  };
  serveUntilLeft(started, async () => {
    await server.stop();
    await closeContext(ctx);
  });
}
