import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { type Ctx, closeContext, createContext } from '../src/context.ts';
import { migrate } from '../src/db/migrate.ts';
import type { LocalFcm } from '../src/local/fcm.ts';
import type { Mailbox } from '../src/local/mailbox.ts';
import { startLocalStack } from '../src/local/stack.ts';
import { startTemporaryPostgres } from '../src/local/temporary-postgres.ts';
import { createLog } from '../src/log.ts';
import { startServer } from '../src/server.ts';
import type { Stage } from './sandbox.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';
import { unusedPort } from './unused-port.ts';

export type Theatre = {
  stage: Stage;
  ctx: Ctx;
  mailbox: Mailbox;
  /** The stand-in for Firebase. */
  fcm: LocalFcm;
  /** Waits until the outbox is empty and Stripe has nothing more to tell. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

/** A whole Holdfast of its own, in one process and without a trace: PostgreSQL, sandbox, mailbox, server, worker. */
export async function openTheatre(): Promise<Theatre> {
  const postgres = await startTemporaryPostgres('holdfast_demo');
  const folder = await temporaryFolder();
  const config = {
    ...readConfig({
      LOG_LEVEL: 'error',
      SOCKET_PORT: '0',
      STRIPE_SANDBOX_PORT: '0',
      DATA_DIR: folder.path,
      UPLOAD_DIR: join(folder.path, 'upload'),
    }),
    databaseUrl: postgres.url,
    port: await unusedPort(),
  };
  const stack = await startLocalStack(config, () => undefined);
  await migrate(postgres.url);
  const ctx = createContext(stack.config, stack.clock, createLog('error'));
  const server = await startServer(ctx);
  const sandbox = stack.sandbox!;
  const mailbox = stack.mailbox!;
  const fcm = stack.fcm!;
  sandbox.clock.onAdvance(() => void server.worker?.sweep());
  return {
    ctx,
    mailbox,
    fcm,
    stage: {
      apiUrl: `http://127.0.0.1:${server.port}`,
      sandboxUrl: sandbox.url,
      readCode: async (email) => {
        await mailbox.waitFor((one) => one.to.includes(email), 20_000);
        // Codes overtake other mails: the newest mail may be another one.
        const codes = mailbox
          .messages()
          .filter((one) => one.to.includes(email))
          .flatMap((one) => /\b\d{6}$/m.exec(one.text)?.[0] ?? []);
        return codes.at(-1) ?? '';
      },
    },
    settled: async () => {
      await until('the outbox is empty', async () => {
        await sandbox.control.settled();
        return (await ctx.pool.query('select from graphile_worker._private_jobs limit 1')).rowCount === 0;
      });
      await sandbox.control.settled();
    },
    close: async () => {
      await server.stop();
      await closeContext(ctx);
      await stack.stop();
      await postgres.stop();
      await folder.remove();
    },
  };
}
