import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, readPidFile, servesFolder, waitUntilGone } from './postgres/pid-file.ts';
import { type LocalPostgres, startLocalPostgres } from './postgres.ts';

const namePattern = /^holdfast-postgres-(\d+)-/;
const memoryFolder = '/dev/shm';
const places = [memoryFolder, tmpdir()];
// Containers often have only 64 MB there.
const neededBytes = 3_000_000_000;

/**
 * A fast server in a temporary folder, for tests: it is gone with stop(), and also when this process exits
 * without calling it. What a killed process left behind is cleared by the next call.
 */
export async function startTemporaryPostgres(database: string): Promise<LocalPostgres> {
  for (const place of places) await clearAbandoned(place);
  const folder = await mkdtemp(join(await choosePlace(), `holdfast-postgres-${process.pid}-`));
  // Root's server runs as another account, which has to pass through; the data folder itself stays closed.
  await chmod(folder, 0o711);
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const dataDir = join(folder, 'data');
  const server = await startLocalPostgres({ dataDir, database, fast: true }).catch(async (error) => {
    await removeFolder();
    throw error;
  });
  // Ctrl-C ends vitest with process.exit(), where only synchronous work is done any more.
  const onExit = () => {
    kill(server.pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', onExit);
  const stop = async () => {
    await server.stop();
    process.off('exit', onExit);
    await removeFolder();
  };
  return { ...server, stop };
}

// A database is some 300 files. Cloning one took 10 ms in memory and 25 to 400 ms on a disk.
async function choosePlace(): Promise<string> {
  const memory = await statfs(memoryFolder).catch(() => undefined);
  return memory && memory.bavail * memory.bsize >= neededBytes ? memoryFolder : tmpdir();
}

async function clearAbandoned(place: string): Promise<void> {
  for (const name of await readdir(place).catch(() => [])) {
    const owner = namePattern.exec(name)?.[1];
    if (!owner || isAlive(Number(owner))) continue;
    const folder = join(place, name);
    // Another user's remains are not ours to clear, and nothing here is worth failing for.
    await clearFolder(folder).catch(() => {});
  }
}

async function clearFolder(folder: string): Promise<void> {
  const dataDir = join(folder, 'data');
  const left = await readPidFile(dataDir);
  if (left && isAlive(left.pid) && (await servesFolder(left.pid, dataDir))) {
    kill(left.pid);
    await waitUntilGone(dataDir, left.pid, 5_000);
  }
  await rm(folder, { recursive: true, force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It is gone already.
  }
}
