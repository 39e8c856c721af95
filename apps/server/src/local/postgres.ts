import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseSeat, type Seat } from './postgres/account.ts';
import { findBinaries } from './postgres/binaries.ts';
import { ensureCluster, ensureDatabase, readOrCreatePassword, SUPERUSER } from './postgres/cluster.ts';
import { lockFolder } from './postgres/lock.ts';
import { findRunningPostmaster } from './postgres/pid-file.ts';
import { startPostmaster, stopPostmaster } from './postgres/postmaster.ts';
import { serverSettings } from './postgres/settings.ts';

export type LocalPostgres = {
  /** Connection string of the database that was asked for. */
  url: string;
  /** Connection string of another database on the same server. */
  serverUrl(database: string): string;
  /** Process id of the postmaster. */
  pid: number;
  /** Where the data really are; differs from what was asked for only if root had to move them. */
  dataDir: string;
  /** Ends every connection, shuts the server down and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
};

export type LocalPostgresOptions = {
  dataDir: string;
  database: string;
  /** For tests: no fsync, more connections, and stop() does not write a checkpoint. */
  fast?: boolean;
  /** Where it listens, instead of on a port that is free: for tests that bring one back where it was. */
  port?: number;
  log?: (line: string) => void;
};

/**
 * Starts the PostgreSQL that npm installed, or takes over the one that a killed process left behind.
 * The folder belongs to one process at a time: a second caller gets an error that names the first.
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const dataDir = await resolveDataDir(options.dataDir);
  const lock = await lockFolder(dataDir);
  try {
    const seat = await chooseSeat(dataDir, await findBinaries());
    if (seat.note) options.log?.(seat.note);
    const running = await start(dataDir, seat, options);
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= stopPostmaster(seat, running.pid, options.fast ? 'SIGQUIT' : 'SIGINT').finally(
        lock.release,
      );
      return stopping;
    };
    return { ...running, dataDir: seat.dataDir, stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(dataDir: string, seat: Seat, options: LocalPostgresOptions) {
  const password = await readOrCreatePassword(dataDir, seat);
  await ensureCluster(seat, password, options);
  for (let attempt = 1; ; attempt++) {
    const found = await findRunningPostmaster(seat.dataDir);
    const { pid, port } =
      found ?? (await startPostmaster(seat, serverSettings(options.fast ?? false), options.port));
    const serverUrl = (database: string) => connectionString(password, port, database);
    try {
      await ensureDatabase(serverUrl, options.database);
    } catch (error) {
      // One that was found may have been about to die or to stop; it is then gone the next time.
      if (!found || attempt === 200 || !isPassing(error)) throw error;
      await delay(50);
      continue;
    }
    if (found) options.log?.(`PostgreSQL was still running on port ${port}; using it`);
    return { pid, url: serverUrl(options.database), serverUrl };
  }
}

function isPassing(error: unknown): boolean {
  const { code = '', message } = error as { code?: string; message: string };
  return /^(ECONN|EPIPE|57P0)/.test(code) || /terminated unexpectedly/.test(message);
}

function connectionString(password: string, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Two names for one folder must give one lock, so links on the way are resolved first. */
async function resolveDataDir(folder: string): Promise<string> {
  const parent = dirname(resolve(folder));
  await mkdir(parent, { recursive: true });
  return join(await realpath(parent), basename(resolve(folder)));
}
