import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { identity, type Seat } from './account.ts';
import { isAlive, type PidFile, readPidFile, waitUntilGone, waitUntilReady } from './pid-file.ts';
import { serverEnvironment } from './settings.ts';

type Settings = Record<string, string | number>;

// With a tenth of a second between them.
const maxAttempts = 50;
const maxLogBytes = 10_000_000;
// Another program took the port since it was found free, or the children of a killed postmaster still leave.
const passing = /Address already in use|could not bind|could not create any TCP|shared memory block/;

export async function startPostmaster(seat: Seat, settings: Settings, port?: number): Promise<PidFile> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(seat, { ...settings, port: port ?? (await findFreePort()) });
    } catch (error) {
      if (attempt === maxAttempts || !passing.test(String(error))) throw error;
      await delay(100);
    }
  }
}

async function startOnce(seat: Seat, settings: Settings): Promise<PidFile> {
  const { file: logFile, startsAt } = await openLog(seat);
  try {
    if (process.platform === 'win32') return await startOnWindows(seat, settings);
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [program, ...args] = [...seat.prefix, seat.binaries.postgres, '-D', seat.dataDir, ...options];
    const child = spawn(program!, args, {
      ...identity(seat),
      cwd: '/',
      env: serverEnvironment,
      // Its own process group: Ctrl-C in the terminal reaches us alone, and we stop the server when done with it.
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
    child.unref();
    const failed = once(child, 'exit').then(async ([code, signal]) => {
      const log = await readFrom(logFile, startsAt);
      throw new Error(`PostgreSQL did not start (${signal ?? `exit code ${code}`}):\n${log}`);
    });
    // After the start nobody waits for it any more.
    failed.catch(() => {});
    return await waitUntilReady(seat.dataDir, child.pid ?? 0, failed);
  } finally {
    await logFile.close();
  }
}

/** Ends the server and waits; `SIGINT` rolls open transactions back first, `SIGQUIT` does not even save. */
export async function stopPostmaster(seat: Seat, pid: number, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (process.platform === 'win32') {
    const mode = signal === 'SIGQUIT' ? 'immediate' : 'fast';
    await promisify(execFile)(seat.binaries.pgCtl, ['stop', '-w', '-D', seat.dataDir, '-m', mode]);
    return;
  }
  if (!isAlive(pid)) return;
  process.kill(pid, signal);
  if (await waitUntilGone(seat.dataDir, pid, 30_000)) return;
  process.kill(pid, 'SIGQUIT');
  if (!(await waitUntilGone(seat.dataDir, pid, 10_000)))
    throw new Error(`PostgreSQL (process ${pid}) does not stop.`);
}

// pg_ctl gives up an administrator's rights, with which postgres would refuse to start.
async function startOnWindows(seat: Seat, settings: Settings): Promise<PidFile> {
  const options = Object.entries(settings).map(([name, value]) => `-c "${name}=${value}"`);
  const args = ['start', '-w', '-D', seat.dataDir, '-l', logPath(seat.dataDir), '-o', options.join(' ')];
  await promisify(execFile)(seat.binaries.pgCtl, args, { windowsHide: true });
  const file = await readPidFile(seat.dataDir);
  if (!file) throw new Error(`PostgreSQL did not start; see ${logPath(seat.dataDir)}`);
  return file;
}

async function openLog(seat: Seat): Promise<{ file: FileHandle; startsAt: number }> {
  const path = logPath(seat.dataDir);
  const old = await stat(path).catch(() => undefined);
  if (old && old.size > maxLogBytes) await rename(path, `${path}.old`);
  const file = await open(path, 'a+', 0o600);
  if (seat.account) await file.chown(seat.account.uid, seat.account.gid);
  return { file, startsAt: (await file.stat()).size };
}

async function readFrom(file: FileHandle, position: number): Promise<string> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(8_192), position });
  return buffer.toString('utf8', 0, bytesRead).trim();
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function logPath(dataDir: string): string {
  return join(dataDir, 'server.log');
}
