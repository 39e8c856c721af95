// Runs one TypeScript entry of the project, after installing what is missing, on the Node that the install brought:
// `node scripts/run.mjs apps/server/src/main.ts --flag`. Plain JavaScript for Node 20, like ensure-installed.mjs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const installed = spawnSync(process.execPath, [join(root, 'scripts/ensure-installed.mjs')], {
  stdio: 'inherit',
});
if (installed.status !== 0) process.exit(installed.status ?? 1);

const bin = join(root, 'node_modules', '.bin');
const ownNode = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node');
const node = existsSync(ownNode) ? ownNode : process.execPath;
const child = spawn(node, process.argv.slice(2), {
  cwd: root,
  // The fourth is a channel that closes when this process dies, however it dies: then the child stops as well.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  shell: process.platform === 'win32',
  env: { ...process.env, PATH: `${bin}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` },
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

// npm killed with -9 tells nobody; its child finds itself with another parent.
if (process.env.npm_lifecycle_event && process.platform !== 'win32') {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 100).unref();
}
