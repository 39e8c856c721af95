import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findBinaries, prepareBinaries } from './postgres/binaries.ts';
import { type LocalPostgres, startLocalPostgres } from './postgres.ts';

let folder: string;
/** Shared, because making a data folder is the slow part; every test leaves its server stopped. */
let dataDir: string;
const servers: LocalPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-local-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'shared', 'postgres');
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a first start gives a UTF-8 database in UTC behind a password that only this user can read', async () => {
  const server = await start();
  const [row] = await query(
    server.url,
    `SELECT current_database() AS database, current_setting('server_encoding') AS encoding,
       current_setting('TimeZone') AS timezone, current_setting('listen_addresses') AS addresses,
       current_setting('data_directory') AS folder, lower('Ä') AS lower, to_char(now(), 'TZ') AS zone`,
  );
  expect(row).toEqual({
    database: 'holdfast',
    encoding: 'UTF8',
    timezone: 'UTC',
    addresses: '127.0.0.1',
    folder: server.dataDir,
    lower: 'ä',
    zone: 'UTC',
  });
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600);
  const wrong = new URL(server.url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
});

test('data survive a restart, and stopping twice is harmless', async () => {
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await Promise.all([first.stop(), first.stop()]);
  const second = await start();
  expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test('a second starter is refused with the process id of the first, which goes on', async () => {
  const owner = await startInChild();
  await expect(start()).rejects.toThrow(`Another Holdfast (process ${owner.child.pid})`);
  expect(await query(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('the server of a parent killed with -9 is taken over, with its data', async () => {
  const owner = await startInChild();
  await query(owner.url, 'CREATE TABLE orphaned AS SELECT 1 AS one');
  await kill(owner.child);
  const server = await start();
  expect(server.pid).toBe(owner.pid);
  expect(await query(server.url, 'SELECT one FROM orphaned')).toEqual([{ one: 1 }]);
});

test('the data of a server killed with -9 together with its parent are recovered', async () => {
  const owner = await startInChild();
  await query(owner.url, 'CREATE TABLE committed AS SELECT 1 AS one');
  process.kill(owner.pid, 'SIGKILL');
  await kill(owner.child);
  const server = await start();
  expect(server.pid).not.toBe(owner.pid);
  expect(await query(server.url, 'SELECT one FROM committed')).toEqual([{ one: 1 }]);
});

test('a pid file is ignored when its process is dead or belongs to somebody else', async () => {
  const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  children.push(stranger);
  await once(stranger, 'spawn');
  for (const state of ['alive', 'dead']) {
    if (state === 'dead') await kill(stranger);
    await writeStalePidFile(stranger.pid!);
    const server = await start();
    expect(server.pid).not.toBe(stranger.pid);
    await server.stop();
  }
});

test('what an interrupted first start left is cleared, and the next one succeeds', async () => {
  const fresh = join(folder, 'interrupted', 'postgres');
  await mkdir(`${fresh}.initializing-abc/cluster`, { recursive: true });
  await writeFile(`${fresh}.initializing-abc/cluster/PG_VERSION`, '18\n');
  const server = await start(fresh);
  expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await readdir(dirname(fresh))).sort()).toEqual(['postgres', 'postgres.password']);
});

test('a missing password and another version of the data are explained, not overwritten', async () => {
  await rename(`${dataDir}.password`, `${dataDir}.away`);
  await expect(start()).rejects.toThrow(`${dataDir}.password is missing`);
  await rename(`${dataDir}.away`, `${dataDir}.password`);

  const old = join(folder, 'old', 'postgres');
  await mkdir(old, { recursive: true });
  await writeFile(join(old, 'PG_VERSION'), '17\n');
  await writeFile(`${old}.password`, 'old');
  await expect(start(old)).rejects.toThrow('was made by PostgreSQL 17');
  expect(await readdir(old)).toEqual(['PG_VERSION']);
});

test('links and execute bits that an install without scripts left out are made', async () => {
  const installed = await findBinaries();
  const root = join(folder, 'package', 'native');
  await cp(installed.root, root, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of links) await unlink(join(root, '..', target));
  for (const name of ['postgres', 'initdb', 'pg_ctl']) await chmod(join(root, 'bin', name), 0o644);

  const binaries = await prepareBinaries(root);
  const { stdout } = await promisify(execFile)(binaries.postgres, ['--version'], { env: {} });
  expect(stdout).toContain('PostgreSQL');
  for (const { target } of links) expect((await stat(join(root, '..', target))).isFile()).toBe(true);
});

test.runIf(process.getuid?.() === 0)(
  'root can keep the data in a folder closed to everybody else',
  async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const server = await start(join(closed, 'postgres'));
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await stat(server.dataDir)).uid).not.toBe(0);
  },
);

async function start(where = dataDir): Promise<LocalPostgres> {
  const server = await startLocalPostgres({ dataDir: where, database: 'holdfast', fast: true });
  servers.push(server);
  return server;
}

/** In a process of its own that lives until it is killed. */
async function startInChild(): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const script = `
    const { startLocalPostgres } = await import(${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)});
    const { url, pid } = await startLocalPostgres({ dataDir: ${JSON.stringify(dataDir)}, database: 'holdfast' });
    process.on('message', () => {});
    process.send({ url, pid });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  const [server] = (await once(child, 'message')) as [{ url: string; pid: number }];
  return { child, ...server };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function writeStalePidFile(pid: number): Promise<void> {
  const path = join(dataDir, 'postmaster.pid');
  await writeFile(path, `${pid}\n${dataDir}\n1700000000\n5432\n\n127.0.0.1\n  1234 5678\nready   \n`);
  // PostgreSQL only replaces what it could have written itself.
  const { uid, gid } = await stat(dataDir);
  await chown(path, uid, gid);
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return (await client.query(sql).finally(() => client.end())).rows;
}
