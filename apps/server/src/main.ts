import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readProcessConfig } from './config.ts';
import { closeContext, createContext } from './context.ts';
import { migrate } from './db/migrate.ts';
import { banner } from './local/banner.ts';
import { createDemoPeople } from './local/demo-people.ts';
import { serveMailboxPage, servePushPage } from './local/pages.ts';
import { type LocalStack, startLocalStack } from './local/stack.ts';
import { createLog } from './log.ts';
import { startServer } from './server.ts';
import { stopOnSignal } from './stop-on-signal.ts';

/** config → stand-ins for what is not configured → context → listen; a signal takes it down in reverse. */
async function main(): Promise<void> {
  const config = readProcessConfig();
  const say = (line: string) => console.log(line);
  const stack = await startLocalStack(config, say);
  const log = createLog(config.logLevel, destination(stack));
  await migrate(stack.config.databaseUrl);
  const ctx = createContext(stack.config, stack.clock, log);
  const { mailbox, fcm } = stack;
  // A folder that cannot be written stops the start, not the first upload.
  const listening = ctx.storage.prepare().then(() =>
    startServer(ctx, (app) => {
      if (mailbox !== undefined) serveMailboxPage(app, mailbox);
      if (fcm !== undefined) servePushPage(app, fcm, ctx.db);
    }),
  );
  const server = await listening.catch(async (error) => {
    await closeContext(ctx);
    await stack.stop();
    throw error;
  });
  // Moving the sandbox's clock moves the application's: whatever became due happens at once.
  stack.sandbox?.clock.onAdvance(() => void server.worker?.sweep());
  stopOnSignal(log, async () => {
    await server.stop();
    await closeContext(ctx);
    await stack.stop();
  });
  // Their codes are mailed by the outbox: without a worker here they would wait for one.
  if (mailbox !== undefined && stack.postgres !== undefined && server.worker !== undefined)
    await createDemoPeople(`http://127.0.0.1:${server.port}`, mailbox, ctx.db);
  say(banner(stack, server));
}

/** On a developer's terminal the addresses matter more than the log: with stand-ins it goes to a file. */
function destination(stack: LocalStack) {
  if (stack.mailbox === undefined && stack.sandbox === undefined && stack.postgres === undefined)
    return undefined;
  return createWriteStream(join(stack.config.dataDir, 'holdfast.log'), { flags: 'a', mode: 0o600 });
}

main().catch((error: unknown) => {
  const isPlain = error instanceof ConfigError || (error as { code?: string }).code === 'EADDRINUSE';
  console.error(isPlain ? (error as Error).message : error);
  process.exit(1);
});
