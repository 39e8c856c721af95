// Runs before every npm script, so that a fresh clone needs only `npm start`. It has to work on Node 20 and
// without any package: plain JavaScript, nothing but Node's own modules.
//
// Call it in a subshell, `(node scripts/ensure-installed.mjs) && node …`: a `pre` script is left out under
// `ignore-scripts`, and a shell that has once looked up `node` would miss the newer one installed here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const hashFile = join(modules, '.holdfast-lock-hash');
const ownNode = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const oldestNode = [22, 18];

const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
const hash = createHash('sha256').update(lockfile).digest('hex');

if (read(hashFile) !== hash) {
  if (!isInstalledByHand()) install();
  remember();
}
requireRecentNode();

function install() {
  console.log('Installing the packages of package-lock.json (needed once, takes a minute) …');
  // Gone first, so that an interrupted install is never taken for a complete one.
  rmSync(hashFile, { force: true });
  const started = Date.now();
  const options = [
    // Everything, whatever NODE_ENV or the user's settings leave out: Node and PostgreSQL are optional packages.
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    // Packages that ask for a newer Node get it from this very install, so neither stop nor warn.
    '--engine-strict=false',
    '--loglevel=error',
  ];
  const { status, signal, error } = runNpm(['ci', ...options]);
  if (signal) process.exit(130);
  if (error || status !== 0) {
    fail(
      `The install failed (${error ? error.message : `npm ci ended with code ${status}`}); npm's own words are above.`,
      'Usual causes: no network, no space, or files in node_modules that belong to another user.',
      'It is safe to try again.',
    );
  }
  dropBrokenNode();
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

function remember() {
  try {
    writeFileSync(hashFile, hash);
  } catch {
    // Somebody else's folder, installed by hand: the next start compares again, which is only slower.
  }
}

function runNpm(args) {
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  const npm = process.env.npm_execpath;
  // The npm that called us, when it is npm and not another package manager.
  if (npm && basename(npm) === 'npm-cli.js') return spawnSync(process.execPath, [npm, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

// npm writes node_modules/.package-lock.json as the last act of an install. If it lists what our lockfile
// lists, somebody has run `npm ci` or `npm install` and there is nothing to do.
function isInstalledByHand() {
  const installed = read(join(modules, '.package-lock.json'));
  if (!installed) return false;
  try {
    const present = JSON.parse(installed).packages;
    return Object.entries(JSON.parse(lockfile).packages).every(([path, wanted]) => {
      if (path === '') return true;
      const found = present[path];
      if (!found) return isForAnotherMachine(wanted);
      return found.version === wanted.version && found.integrity === wanted.integrity;
    });
  } catch {
    return false;
  }
}

function isForAnotherMachine({ optional, os, cpu, libc }) {
  if (!optional) return false;
  const excludes = (list, mine) => list !== undefined && ![list].flat().includes(mine);
  // What npm leaves out for another reason (C library, an unused peer) has a twin that is installed.
  const undecided = libc !== undefined || (os === undefined && cpu === undefined);
  return undecided || excludes(os, process.platform) || excludes(cpu, process.arch);
}

// Where the packaged Node cannot run (Alpine has another C library), it must not hide the system's.
function dropBrokenNode() {
  if (process.platform === 'win32' || !existsSync(ownNode)) return;
  if (spawnSync(ownNode, ['--version']).status !== 0) rmSync(ownNode);
}

function requireRecentNode() {
  if (existsSync(ownNode)) return;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  fail(
    `Holdfast needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`,
    `There is no packaged Node for ${process.platform}-${process.arch}, so please install Node 24 and try again.`,
  );
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function fail(...lines) {
  console.error(`\n${lines.join('\n')}\n`);
  process.exit(1);
}
