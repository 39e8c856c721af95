import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '../../apps/server/src/local/postgres.ts';

/** PostgreSQL with the settings of a real server, fsync included, on a disk; its folder is gone with stop(). */
export async function startDurablePostgres(): Promise<LocalPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-chat-'));
  // Root's server runs as another account, which has to pass through.
  await chmod(folder, 0o711);
  const remove = () => rm(folder, { recursive: true, force: true });
  const server = await startLocalPostgres({ dataDir: join(folder, 'data'), database: 'bench' }).catch(
    async (error) => {
      await remove();
      throw error;
    },
  );
  const stop = async () => {
    await server.stop();
    await remove();
  };
  return { ...server, stop };
}
