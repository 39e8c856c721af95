import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@holdfast/client';
import { Logger, runOnce } from 'graphile-worker';
import { sql } from 'kysely';
import { laterFolder } from '../simulate/later-folder.ts';
import { repeatAtOnce } from '../simulate/repeat-at-once.ts';
import { createApp } from '../src/app.ts';
import { type Chat, createChat } from '../src/chat/chat.ts';
import { readConfig } from '../src/config.ts';
import { type Ctx, closeContext, createContext, type RunningConfig } from '../src/context.ts';
import { type LocalFcm, startLocalFcm } from '../src/local/fcm.ts';
import { startMailbox } from '../src/local/mailbox.ts';
import { createLog } from '../src/log.ts';
import { handlers, sweeps } from '../src/outbox/tasks.ts';
import type { TaskHandlers } from '../src/outbox/worker.ts';
import { type ManualClock, manualClock } from './clock.ts';
import { createTestDatabase } from './database.ts';

export type World = {
  ctx: Ctx;
  clock: ManualClock;
  url: string;
  client: Client;
  /** What REST talks to; sockets of a test join it. */
  chat: Chat;
  mailbox: Awaited<ReturnType<typeof startMailbox>>;
  /** What Firebase was sent. */
  fcm: LocalFcm;
  /** Runs every outbox task that is ready, and what they enqueue, until none is left. */
  drain(): Promise<void>;
  /** Runs every sweep once, then drains. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
};

export type WorldOptions = {
  clock?: ManualClock;
  config?: Partial<RunningConfig>;
  /** Instead of the real ones, for tests that watch or break them. */
  handlers?: Partial<TaskHandlers>;
};

/** A running application for one test file: its own database, mailbox, clock and HTTP port; no background worker. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const database = await createTestDatabase();
  const mailbox = await startMailbox({});
  const fcm = await startLocalFcm();
  const clock = options.clock ?? manualClock();
  const uploads = laterFolder();
  const config: RunningConfig = {
    ...readConfig({ LOG_LEVEL: 'error', PORT: '0', SOCKET_PORT: '0', UPLOAD_DIR: uploads.path }),
    databaseUrl: database.url,
    smtpUrl: mailbox.smtpUrl,
    fcm: fcm.config,
    // Nothing listens there: a test that needs Stripe starts a sandbox and passes its address.
    stripe: {
      secretKey: 'sk_test_unused0000000000',
      publishableKey: 'pk_test_unused0000000000',
      webhookSecrets: ['whsec_unused0000000000'],
      apiBase: 'http://127.0.0.1:9',
    },
    ...options.config,
  };
  const ctx = createContext(config, clock, createLog(config.logLevel));
  repeatAtOnce(ctx.stripe);
  const chat = createChat(ctx);
  const app = await createApp(ctx, chat);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const drain = () => drainOutbox(ctx, { ...handlers, ...options.handlers });
  return {
    ctx,
    clock,
    url,
    client: createClient(url),
    chat,
    mailbox,
    fcm,
    drain,
    sweep: async () => {
      for (const one of sweeps) await one.run(ctx);
      await drain();
    },
    stop: async () => {
      await app.close();
      await closeContext(ctx);
      await mailbox.close();
      await fcm.close();
      await database.drop();
      await uploads.remove();
    },
  };
}

// Otherwise it does not wait until a task's end is written: one that failed would still be locked, and nobody would try
// it again. Gathered, though for no time at all, the ends are waited for.
const waitForEnds = { completeJobBatchDelay: 0, failJobBatchDelay: 0 };

const drainOutbox = async (ctx: Ctx, taskHandlers: TaskHandlers) => {
  if (!(await hasReadyTasks(ctx))) return;
  await runOnce({
    pgPool: ctx.pool,
    preset: { worker: waitForEnds },
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    taskList: Object.fromEntries(
      Object.entries(taskHandlers).map(([name, handle]) => [
        name,
        (payload: unknown) => (handle as (ctx: Ctx, payload: unknown) => Promise<void>)(ctx, payload),
      ]),
    ),
  });
};

export async function hasReadyTasks(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql<{ ready: boolean }>`
    select exists (select from graphile_worker._private_jobs where is_available and run_at <= now()) as ready`.execute(
    ctx.db,
  );
  return rows[0]!.ready;
}
