import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chown,
  lchown,
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';
import { type Account, identity, type Seat } from './account.ts';
import { serverEnvironment } from './settings.ts';

export const SUPERUSER = 'holdfast';
const majorVersion = '18';

export async function hasCluster(dataDir: string): Promise<boolean> {
  return (await clusterVersion(dataDir)) !== undefined;
}

/** The superuser's password, kept beside the data and readable by this user alone. */
export async function readOrCreatePassword(dataDir: string, seat: Seat): Promise<string> {
  const path = `${dataDir}.password`;
  const known = await readFile(path, 'utf8').catch(ignoreMissing);
  if (known) return known.trim();
  if (await hasCluster(seat.dataDir)) {
    throw new Error(
      `${path} is missing: it holds the password of the database in ${seat.dataDir}. ` +
        'Put it back, or move that folder away to begin with an empty database.',
    );
  }
  const password = randomBytes(24).toString('base64url');
  // Renamed into place, so that a crash can never leave half a password.
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}

/** Makes the data folder unless it is there; a half-made one never carries the real name. */
export async function ensureCluster(
  seat: Seat,
  password: string,
  options: { fast?: boolean },
): Promise<void> {
  const version = await clusterVersion(seat.dataDir);
  if (version === undefined) return createCluster(seat, password, options.fast ?? false);
  if (version !== majorVersion) {
    throw new Error(
      `The database in ${seat.dataDir} was made by PostgreSQL ${version}; this is ${majorVersion}. ` +
        'Move that folder away to begin with an empty database.',
    );
  }
  if (seat.account) await giveCopiedFilesTo(seat.account, seat.dataDir);
}

async function createCluster(seat: Seat, password: string, fast: boolean): Promise<void> {
  // A new name each time: the initdb of a killed start may still be writing into its own.
  const staging = await mkdtemp(`${seat.dataDir}.initializing-`);
  const passwordFile = join(staging, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (seat.account) {
    for (const path of [passwordFile, staging]) await chown(path, seat.account.uid, seat.account.gid);
  }
  await runInitdb(seat, [
    `--pgdata=${join(staging, 'cluster')}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    // Everybody on this machine can open 127.0.0.1, so nobody gets in without the password.
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorting by code point, the same on every machine whatever its C library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(fast ? ['--no-sync'] : []),
  ]);
  await rmdir(seat.dataDir).catch(() => {});
  await rename(join(staging, 'cluster'), seat.dataDir);
  await removeStaging(seat.dataDir);
}

async function removeStaging(dataDir: string): Promise<void> {
  const prefix = `${basename(dataDir)}.initializing-`;
  const names = (await readdir(dirname(dataDir))).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    await rm(join(dirname(dataDir), name), { recursive: true, force: true }).catch(() => {});
  }
}

async function runInitdb(seat: Seat, options: string[]): Promise<void> {
  const [file, ...args] = [...seat.prefix, seat.binaries.initdb, ...options];
  try {
    await promisify(execFile)(file!, args, { ...identity(seat), cwd: '/', env: serverEnvironment });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`PostgreSQL could not create its data folder ${seat.dataDir}:\n${stderr || message}`);
  }
}

/** Creates the database if the server does not have it yet. */
export async function ensureDatabase(serverUrl: (name: string) => string, database: string): Promise<void> {
  try {
    await runSql(serverUrl(database), 'SELECT 1');
  } catch (error) {
    if ((error as { code?: string }).code !== '3D000') throw error;
    await runSql(serverUrl('postgres'), `CREATE DATABASE ${escapeIdentifier(database)}`);
  }
}

async function runSql(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

// A folder that root copied belongs to root, and PostgreSQL opens only its own files.
async function giveCopiedFilesTo(account: Account, dataDir: string): Promise<void> {
  if ((await lstat(dataDir)).uid !== 0) return;
  const entries = await readdir(dataDir, { recursive: true });
  for (const entry of entries) await lchown(join(dataDir, entry), account.uid, account.gid);
  await chown(dataDir, account.uid, account.gid);
}

async function clusterVersion(dataDir: string): Promise<string | undefined> {
  return (await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(ignoreMissing))?.trim();
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
