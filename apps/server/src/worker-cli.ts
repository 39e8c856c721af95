import { systemClock } from './clock.ts';
import { ConfigError, readProcessConfig } from './config.ts';
import { closeContext, createContext } from './context.ts';
import { joinRunningStack, NotRunning } from './local/stack.ts';
import { createLog } from './log.ts';
import { bridgeChat } from './notifications/notifications.ts';
import { handlers, sweeps } from './outbox/tasks.ts';
import { startWorker } from './outbox/worker.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/*
 * npm run worker: the outbox in a process of its own, for servers that run with RUN_WORKER=false.
 * It follows the computer's clock, not that of a sandbox that was moved.
 */

async function main(): Promise<void> {
  const config = await joinRunningStack(readProcessConfig());
  const log = createLog(config.logLevel);
  const ctx = createContext(config, systemClock, log);
  const bridge = bridgeChat(ctx);
  const worker = await startWorker(ctx, handlers, sweeps);
  log.info('outbox worker started');
  stopOnSignal(log, async () => {
    await worker.stop();
    await bridge.stop();
    await closeContext(ctx);
  });
}

main().catch((error: unknown) => {
  const isExpected = error instanceof ConfigError || error instanceof NotRunning;
  console.error(isExpected ? error.message : error);
  process.exit(1);
});
