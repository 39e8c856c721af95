import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Lets one process at a time own a data folder. The lock is a listening local socket, not a file with a
 * process id: the kernel drops it when the owner dies in any way, so it can be neither stale nor mistaken.
 * Whoever connects is told the owner's process id.
 */
export async function lockFolder(folder: string): Promise<{ release(): void }> {
  const address = lockAddress(folder);
  for (let attempt = 1; ; attempt++) {
    const server = await tryListen(address);
    if (server) return { release: () => server.close() };
    const owner = await askOwner(address);
    if (owner) throw new Error(alreadyUsed(folder, owner));
    // Where the socket is a file, a killed owner leaves it behind; nobody answered, so it is free.
    if (!address.startsWith('\0')) await unlink(address).catch(() => {});
    if (attempt === 5) throw new Error(alreadyUsed(folder, 'unknown'));
  }
}

function alreadyUsed(folder: string, owner: string): string {
  return (
    `Another Holdfast (process ${owner}) is already using the database in ${folder}. ` +
    'Stop that one first, or start this one from another folder or with DATABASE_URL.'
  );
}

function lockAddress(folder: string): string {
  const name = `holdfast-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

async function tryListen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(String(process.pid));
  });
  try {
    server.listen(address);
    await once(server, 'listening');
    return server.unref();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

async function askOwner(address: string): Promise<string | undefined> {
  try {
    const socket = connect(address);
    socket.setTimeout(2_000, () => socket.destroy());
    let answer = '';
    for await (const part of socket) answer += String(part);
    return answer || 'not answering';
  } catch {
    return undefined;
  }
}
