import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ClamdConfig } from '../src/config-storage.ts';

// The test virus that every scanner knows, in pieces: this file shall not be taken for one.
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS', '-TEST-FILE!$H+H*'].join(
  '',
);

export type FakeClamd = {
  config: ClamdConfig;
  /** What it was sent by each scan, without the lengths between. */
  scanned: Buffer[];
  /** How it behaves from now on; without one as clamd does. */
  behave(behaviour?: (socket: Socket) => void): void;
  stop(): Promise<void>;
};

/** clamd as far as its INSTREAM command goes, on a real socket: a free port, or a path. */
export async function startFakeClamd(path?: string, maximumBytes = 2 ** 20): Promise<FakeClamd> {
  const scanned: Buffer[] = [];
  const asClamd = (socket: Socket) => answer(socket, scanned, maximumBytes);
  let behaviour = asClamd;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    behaviour(socket);
  });
  server.listen(...((path === undefined ? [0, '127.0.0.1'] : [path]) as [number, string]));
  await once(server, 'listening');
  return {
    config:
      path === undefined ? { host: '127.0.0.1', port: (server.address() as AddressInfo).port } : { path },
    scanned,
    behave: (next = asClamd) => {
      behaviour = next;
      scanned.length = 0;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const command = 'zINSTREAM\0';

function answer(socket: Socket, scanned: Buffer[], maximumBytes: number): void {
  let waiting: Buffer = Buffer.alloc(0);
  let hasCommand = false;
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    if (!hasCommand) {
      if (waiting.length < command.length) return;
      if (waiting.toString('latin1', 0, command.length) !== command) {
        socket.end('UNKNOWN COMMAND\0');
        return;
      }
      hasCommand = true;
      waiting = waiting.subarray(command.length);
    }
    while (waiting.length >= 4) {
      const length = waiting.readUInt32BE();
      if (length === 0) {
        const all = Buffer.concat(pieces);
        scanned.push(all);
        socket.end(all.includes(eicar) ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0');
        return;
      }
      if (waiting.length < 4 + length) return;
      pieces.push(waiting.subarray(4, 4 + length));
      sizeBytes += length;
      if (sizeBytes > maximumBytes) {
        socket.end('INSTREAM size limit exceeded. ERROR\0', () => socket.destroy());
        return;
      }
      waiting = waiting.subarray(4 + length);
    }
  });
}
