import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { hasCluster } from './cluster.ts';
import { moveToReachableFolder, relocatedDataDir } from './relocate.ts';

export type Account = { uid: number; gid: number; name: string };

/** Where and as whom the server runs. Without an account it runs as the caller. */
export type Seat = {
  binaries: Binaries;
  dataDir: string;
  account?: Account;
  /** Command line put before the program, e.g. `setpriv …`; it must exec, so that the process id stays. */
  prefix: string[];
  note?: string;
};

/**
 * PostgreSQL refuses to run as root, so root has to start it as somebody else, who must reach the programs
 * and the data. In this order:
 *   1. the folder's owner or `nobody`, when every folder on the way lets them through;
 *   2. the same account with one capability that opens closed folders (a clone under /root, mode 0700);
 *   3. the same account with programs and data in /var/lib, where a container forbids capabilities.
 */
export async function chooseSeat(dataDir: string, binaries: Binaries): Promise<Seat> {
  if (process.getuid?.() !== 0) {
    await refuseForeignFolder(dataDir);
    return { binaries, dataDir, prefix: [] };
  }
  const account = await chooseAccount(dataDir);
  const moved = relocatedDataDir(dataDir);
  if ((await hasCluster(moved)) && !(await hasCluster(dataDir))) {
    return moveToReachableFolder({ binaries, dataDir, account, prefix: [] });
  }
  for (const prefix of [[], setprivWith('dac_read_search', account), setprivWith('dac_override', account)]) {
    const seat = { binaries, dataDir, account, prefix };
    if (await canReach(seat)) return seat;
  }
  if (await hasCluster(dataDir)) {
    throw new Error(
      `PostgreSQL cannot run as root, and the account ${account.name} cannot reach ${dataDir}. ` +
        'Start as an ordinary user, or move this project to a folder that others may enter.',
    );
  }
  const seat = await moveToReachableFolder({ binaries, dataDir, account, prefix: [] });
  if (await canReach(seat)) return seat;
  throw new Error(
    `PostgreSQL cannot run as root, and the account ${account.name} can reach neither ${dataDir} nor ` +
      `${seat.dataDir}. Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

// access(2) asks with the real uid and drops capabilities unless no_setuid_fixup is set; initdb and postgres
// use it to look for each other. Being able to read other files adds nothing to what root gave away by
// starting this: the server listens on 127.0.0.1 and its password is readable by root alone.
function setprivWith(capability: string, account: Account): string[] {
  return [
    'setpriv',
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
    '--securebits=+no_setuid_fixup',
  ];
}

/** uid and gid for spawn(); setpriv has to start as root to keep a capability. */
export function identity(seat: Seat): { uid?: number; gid?: number } {
  return seat.account && seat.prefix.length === 0 ? { uid: seat.account.uid, gid: seat.account.gid } : {};
}

/** Asks by trying, as modes are not the whole truth (access lists, security modules, read-only mounts). */
async function canReach(seat: Seat): Promise<boolean> {
  const check = 'test -x "$0" && test -r "$0" && test -x "$1" && "$0" --version';
  const [file, ...args] = [
    ...seat.prefix,
    '/bin/sh',
    '-c',
    check,
    seat.binaries.postgres,
    dirname(seat.dataDir),
  ];
  return promisify(execFile)(file!, args, { ...identity(seat), cwd: '/', env: {} }).then(
    () => true,
    () => false,
  );
}

async function chooseAccount(dataDir: string): Promise<Account> {
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const known = accounts
    .filter((fields) => fields.length >= 7)
    .map((fields) => ({ name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]) }));
  for (let path = dataDir; path !== dirname(path); path = dirname(path)) {
    const owner = await stat(path).catch(() => undefined);
    if (!owner || owner.uid === 0) continue;
    const account = known.find(({ uid }) => uid === owner.uid);
    if (account) return account;
    // initdb insists on a named account, but data that exist already need only their owner.
    if (path === dataDir) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` };
  }
  const nobody = known.find(({ name }) => name === 'nobody') ?? known.find(({ name }) => name === 'daemon');
  if (nobody) return nobody;
  throw new Error('PostgreSQL cannot run as root, and /etc/passwd has no account `nobody` to run it as.');
}

async function refuseForeignFolder(dataDir: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const path of [dataDir, `${dataDir}.password`]) {
    const owner = await stat(path).catch(() => undefined);
    if (!owner || owner.uid === process.getuid?.()) continue;
    throw new Error(
      `${path} belongs to another account (uid ${owner.uid}), probably because it was made by root. ` +
        `Start as root again, or move ${dirname(dataDir)} away to begin with an empty database.`,
    );
  }
}
