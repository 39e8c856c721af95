import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from '../child.ts';

const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** One process, as the server beside it has one thread: it sends files of `root` and writes nothing elsewhere. */
const configuration = (folder: string, root: string, port: number) => `
daemon off; master_process off; pid ${join(folder, 'pid')}; error_log ${join(folder, 'error.log')};
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/octet-stream;
  ${kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;

/** nginx on a free port; undefined if it is not on the PATH. Throws if it does not come up. */
export async function startNginx(folder: string, root: string): Promise<Server | undefined> {
  const port = await freePort();
  await mkdir(folder);
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(folder, root, port));
  const child = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  const problem = await once(child, 'spawn').then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  if (problem?.code === 'ENOENT') return undefined;
  if (problem !== undefined) throw problem;
  const exited = once(child, 'exit');
  const onExit = () => child.kill();
  process.once('exit', onExit);
  await listens(port, () => child.exitCode !== null);
  return {
    name: 'nginx',
    pid: child.pid!,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      process.off('exit', onExit);
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    if (hasEnded()) throw new Error('nginx ended before it listened');
    await pause(20);
  }
}
