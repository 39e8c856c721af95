import { createHash } from 'node:crypto';
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Seat } from './account.ts';
import { binariesAt } from './binaries.ts';

// Not a temporary folder: those are emptied by age, and these are somebody's data.
const home = '/var/lib/holdfast-local';

export function relocatedDataDir(dataDir: string): string {
  return join(home, createHash('sha256').update(dataDir).digest('hex').slice(0, 16), 'postgres');
}

/** The last resort of root in a closed folder: programs and data live where other accounts can go. */
export async function moveToReachableFolder(seat: Seat): Promise<Seat> {
  const dataDir = relocatedDataDir(seat.dataDir);
  const programs = join(home, 'programs', await fingerprint(seat.binaries.postgres));
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o755 });
  if (!(await stat(programs).catch(() => undefined))) {
    const copying = `${programs}.copying-${process.pid}`;
    await cp(seat.binaries.root, copying, { recursive: true, verbatimSymlinks: true });
    await rename(copying, programs).catch(() => rm(copying, { recursive: true, force: true }));
  }
  const note =
    `PostgreSQL does not run as root, and ${seat.account?.name} cannot enter ${dirname(seat.dataDir)}; ` +
    `the database is kept in ${dataDir} instead`;
  return { ...seat, dataDir, binaries: binariesAt(programs), prefix: [], note };
}

async function fingerprint(program: string): Promise<string> {
  const { size, mtimeMs } = await stat(program);
  return createHash('sha256').update(`${size} ${mtimeMs}`).digest('hex').slice(0, 16);
}
