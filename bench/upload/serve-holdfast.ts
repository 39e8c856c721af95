import type { AddressInfo } from 'node:net';
import { createApp } from '../../apps/server/src/app.ts';
import { systemClock } from '../../apps/server/src/clock.ts';
import { closeContext, createContext } from '../../apps/server/src/context.ts';
import { createLog } from '../../apps/server/src/log.ts';
import { type BenchConfig, configOf } from '../bench-config.ts';
import { serveUntilLeft, settingsOf } from '../child.ts';

/** The whole application in a process of its own; its outbox is not run, as in a server with RUN_WORKER=false. */
const ctx = createContext(configOf(settingsOf<BenchConfig>()), systemClock, createLog('error'));
const app = await createApp(ctx);
await app.listen({ port: 0, host: '127.0.0.1' });
serveUntilLeft(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, async () => {
  app.server.closeAllConnections();
  await app.close();
  await closeContext(ctx);
});
