import { execFile } from 'node:child_process';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export type PidFile = { pid: number; port: number; status: string };

const pollMs = 20;

/** What the postmaster says of itself; lines: pid, folder, start, port, socket, address, memory key, status. */
export async function readPidFile(dataDir: string): Promise<PidFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  // A postmaster started by hand with single-user mode writes a negative number.
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  return { pid: Math.abs(pid), port: Number(lines[3] ?? 0), status: lines[7] ?? '' };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The postmaster that serves this folder already, once it is ready. A process id in the file is believed only
 * if that process is a postgres of this folder, since the number may have passed to somebody else.
 */
export async function findRunningPostmaster(dataDir: string): Promise<PidFile | undefined> {
  for (;;) {
    const file = await readPidFile(dataDir);
    // A dead one is left to the new postmaster, which also checks that none of its children survived.
    if (!file || !isAlive(file.pid)) return undefined;
    if (!(await servesFolder(file.pid, dataDir))) {
      await disownPidFile(dataDir);
      return undefined;
    }
    if (file.status === 'ready') return file;
    await delay(pollMs);
  }
}

/** Resolves when the postmaster has accepted its first connection, or when `failed` rejects. */
export async function waitUntilReady(dataDir: string, pid: number, failed: Promise<never>): Promise<PidFile> {
  for (;;) {
    const file = await readPidFile(dataDir);
    if (file?.pid === pid && file.status === 'ready') return file;
    await Promise.race([delay(pollMs), failed]);
  }
}

/** A dead process keeps its number until its parent has noticed, so removing the file counts as gone too. */
export async function waitUntilGone(dataDir: string, pid: number, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (isAlive(pid) && (await readPidFile(dataDir))?.pid === pid) {
    if (performance.now() > deadlineMs) return false;
    await delay(pollMs);
  }
  return true;
}

// The new postmaster takes a file with its parent's number for one from before a reboot, and then checks the
// shared memory named in it. Deleting the file would skip that check.
async function disownPidFile(dataDir: string): Promise<void> {
  const path = join(dataDir, 'postmaster.pid');
  if (process.platform === 'win32') return unlink(path);
  const lines = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [String(process.pid), ...lines.slice(1)].join('\n'));
}

export async function servesFolder(pid: number, dataDir: string): Promise<boolean> {
  // Windows gives no cheap look at another process; its postgres checks the file by itself.
  if (process.platform === 'win32') return true;
  const command = await commandLine(pid);
  return command.some((part) => part.includes('postgres')) && command.some((part) => part.includes(dataDir));
}

async function commandLine(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  }
  return promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => [stdout],
    () => [],
  );
}
