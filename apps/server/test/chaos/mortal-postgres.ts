import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../demo/temporary-folder.ts';
import { unusedPort } from '../../demo/unused-port.ts';
import { type LocalPostgres, startLocalPostgres } from '../../src/local/postgres.ts';

/** A PostgreSQL of the test's own that waits for the disk, as a real one does, and may be killed. */
export type MortalPostgres = {
  url: string;
  /** kill -9 of the postmaster and of every process of it. */
  kill(): Promise<void>;
  /** Starts it again, on the same data and the same port. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

export async function startMortalPostgres(): Promise<MortalPostgres> {
  const folder = await temporaryFolder();
  // Root's server runs as another account, which has to pass through.
  await chmod(folder.path, 0o711);
  const options = { dataDir: join(folder.path, 'data'), database: 'holdfast', port: await unusedPort() };
  let server: LocalPostgres = await startLocalPostgres(options).catch(async (error) => {
    await folder.remove();
    throw error;
  });
  return {
    url: server.url,
    kill: async () => {
      // Stopped first: one that sees its children die would begin to repair.
      process.kill(server.pid, 'SIGSTOP');
      for (const pid of [...(await childrenOf(server.pid)), server.pid]) process.kill(pid, 'SIGKILL');
      // Gives the folder back, once the dead one is gone.
      await server.stop();
    },
    start: async () => {
      server = await startLocalPostgres(options);
    },
    remove: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}

/** By /proc: the chaos tests are for Linux. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
      // The program's name before it may hold blanks.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    }),
  );
  return pids.filter((_pid, index) => parents[index] === parent).map(Number);
}
