import { join } from 'node:path';
import { createClient } from '@holdfast/client';
import { temporaryFolder } from '../../demo/temporary-folder.ts';
import { unusedPort } from '../../demo/unused-port.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { closeContext, createContext } from '../../src/context.ts';
import { joinRunningStack } from '../../src/local/stack.ts';
import { createLog } from '../../src/log.ts';
import { manualClock } from '../clock.ts';
import { createTestDatabase } from '../database.ts';
import type { World } from '../world.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** The same database and folder as the server's, seen from the test, with a clock that can be moved. */
export type Inside = Pick<World, 'ctx' | 'clock' | 'url' | 'client'>;

/** Where a server of the test's own lives: it dies and is started again on the same ports, folder and database. */
export type Site = {
  environment: Record<string, string>;
  folder: string;
  url: string;
  socketPort: number;
  start(): Promise<void>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop and waits; resolves with the exit code. */
  terminate(): Promise<number | null>;
  /** Whether the process that was started last still runs. */
  isRunning(): boolean;
  lookInside(): Promise<Inside>;
  /** Ends the server and removes what it left. */
  clear(): Promise<void>;
};

/** Nothing is started yet. With a DATABASE_URL in the settings the database is the caller's. */
export async function prepareSite(settings: Record<string, string> = {}): Promise<Site> {
  const database = settings.DATABASE_URL === undefined ? await createTestDatabase() : undefined;
  const folder = await temporaryFolder();
  const [port, socketPort, sandboxPort] = [await unusedPort(), await unusedPort(), await unusedPort()];
  const environment: Record<string, string> = {
    DATA_DIR: folder.path,
    UPLOAD_DIR: join(folder.path, 'upload'),
    DATABASE_URL: database?.url ?? '',
    LOG_LEVEL: 'error',
    PORT: String(port),
    SOCKET_PORT: String(socketPort),
    STRIPE_SANDBOX_PORT: String(sandboxPort),
    ...settings,
  };
  const url = `http://127.0.0.1:${port}`;
  let server: ServerProcess | undefined;
  const insides: Inside[] = [];
  return {
    environment,
    folder: folder.path,
    url,
    socketPort,
    start: async () => {
      server = await startServerProcess(environment);
    },
    kill: async () => server?.kill(),
    terminate: async () => server!.terminate(),
    isRunning: () => server?.isRunning() ?? false,
    lookInside: async () => {
      const inside = await lookInside(environment, url);
      insides.push(inside);
      return inside;
    },
    clear: async () => {
      await server?.kill();
      for (const { ctx } of insides) await closeContext(ctx);
      await folder.remove();
      await database?.drop();
    },
  };
}

async function lookInside(environment: Record<string, string>, url: string): Promise<Inside> {
  const clock = manualClock(systemClock.now());
  const config = await joinRunningStack(readConfig(environment));
  const ctx = createContext(config, clock, createLog('error'));
  return { ctx, clock, url, client: createClient(url, undefined, { timeoutMs: 10_000 }) };
}
