import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, socketSubprotocol } from '@holdfast/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { Connection, type ConnectionLimits, defaultLimits } from './connection.ts';
import type { SocketService } from './service.ts';
import { watchSessions } from './watch-sessions.ts';

export type Sockets = {
  /** Listens on SOCKET_PORT; resolves with the port in use. */
  listen(port: number, host: string): Promise<number>;
  /** Serves the same socket at /ws of the API's own HTTP server. */
  attach(server: Server): void;
  /** Closes every connection with 1001, lets no new one in and stops listening. Resolves when all are gone. */
  stop(): Promise<void>;
};

export type SocketOptions = Partial<ConnectionLimits> & { watchEveryMs?: number; probeEveryMs?: number };

const maximumFrameBytes = 64 * 1024;
// A revoked session's sockets must be gone within five seconds, one of which the closing itself may take.
export const watchEveryMs = 3 * secondMs;
// Two unanswered ones are a dead connection: whoever it was shows as offline within ten seconds.
const probeEveryMs = 4 * secondMs;

/** The socket of this process: its own listener, and /ws of the API, with one set of connections behind both. */
export function createSockets(ctx: Ctx, service: SocketService, options: SocketOptions = {}): Sockets {
  const door: Door = {
    ctx,
    service,
    limits: { ...defaultLimits, ...options },
    connections: new Set(),
    isOpen: true,
    sockets: new WebSocketServer({
      noServer: true,
      maxPayload: maximumFrameBytes,
      handleProtocols: (offered) => (offered.has(socketSubprotocol) ? socketSubprotocol : false),
    }),
  };
  const own = createServer((_request, response) => response.writeHead(426, { upgrade: 'websocket' }).end());
  own.on('upgrade', (request, socket, head) => upgrade(door, request, socket, head));
  const stopWatching = watchSessions(ctx, door.connections, options.watchEveryMs ?? watchEveryMs);
  const probe = () => {
    for (const connection of door.connections) connection.probe();
  };
  // After what has arrived is read: a process that stood still for a while would cut everybody whose answer waits there.
  const prober = setInterval(() => setImmediate(probe), options.probeEveryMs ?? probeEveryMs);
  return {
    listen: (port, host) => listen(own, port, host),
    attach: (server) => {
      server.on('upgrade', (request, socket, head) => {
        if (pathOf(request) === '/ws') upgrade(door, request, socket, head);
        else refuse(socket, '404 Not Found');
      });
    },
    stop: async () => {
      door.isOpen = false;
      stopWatching();
      clearInterval(prober);
      await closeAll(door);
      own.closeAllConnections();
      if (own.listening) await new Promise((resolve) => own.close(resolve));
    },
  };
}

type Door = {
  ctx: Ctx;
  service: SocketService;
  limits: ConnectionLimits;
  connections: Set<Connection>;
  sockets: WebSocketServer;
  isOpen: boolean;
};

function upgrade(door: Door, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  if (!door.isOpen || !isOriginAllowed(door.ctx, request)) {
    refuse(socket, door.isOpen ? '403 Forbidden' : '503 Service Unavailable');
    return;
  }
  door.sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
    const connection = new Connection(door.ctx, webSocket, door.limits, door.service);
    door.connections.add(connection);
    webSocket.on('close', () => door.connections.delete(connection));
  });
}

/** Says goodbye to everybody and waits; who does not hang up is cut by the connection itself. */
async function closeAll(door: Door): Promise<void> {
  const gone = [...door.sockets.clients].map(
    (socket) => new Promise((resolve) => socket.once('close', resolve)),
  );
  for (const connection of door.connections)
    connection.close(closeCodes.goingAway, 'the server is restarting');
  await Promise.all(gone);
}

/** Browsers send an Origin and must be on the list; apps send none. */
function isOriginAllowed(ctx: Ctx, request: IncomingMessage): boolean {
  const origin = request.headers.origin;
  return (
    origin === undefined ||
    origin === new URL(ctx.config.publicUrl).origin ||
    ctx.config.allowedOrigins.includes(origin)
  );
}

const pathOf = (request: IncomingMessage) => (request.url ?? '').split('?', 1)[0];

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
