import { sortWordsIn } from '../../apps/server/src/chat/chat.ts';
import { systemClock } from '../../apps/server/src/clock.ts';
import { closeContext, createContext } from '../../apps/server/src/context.ts';
import { createLog } from '../../apps/server/src/log.ts';
import { startServer } from '../../apps/server/src/server.ts';
import { type BenchConfig, configOf } from '../bench-config.ts';
import { serveUntilLeft, settingsOf } from '../child.ts';

/** `url` of the socket, `apiUrl` of REST. */
export type HoldfastStarted = { url: string; apiUrl: string };

/**
 * The whole server in a process of its own; its outbox is not run, as with RUN_WORKER=false, but for what messages leave to
 * it: that is part of their price.
 */
const config = { ...configOf(settingsOf<BenchConfig>()), port: 0, socketPort: 0, runWorker: false };
const ctx = createContext(config, systemClock, createLog('error'));
const server = await startServer(ctx);
// Fails while a benchmark fills the table without the index.
const sorting = setInterval(() => {
  sortWordsIn(ctx).catch((error) => ctx.log.warn({ err: error }, 'words were not sorted in'));
}, 1_500);
const started = {
  url: `ws://127.0.0.1:${server.socketPort}`,
  apiUrl: `http://127.0.0.1:${server.port}`,
} satisfies HoldfastStarted;
serveUntilLeft(started, async () => {
  clearInterval(sorting);
  await server.stop();
  await closeContext(ctx);
});
