import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCodes, socketSubprotocol } from '@holdfast/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Ctx } from '../context.ts';
import { Connection } from './connection.ts';
import { watchSessions } from './watch-sessions.ts';

export type Sockets = {
  /** Listens on SOCKET_PORT; resolves with the port in use. */
  listen(port: number, host: string): Promise<number>;
  /** Serves the same socket at /ws of the API's own HTTP server. */
  attach(server: Server): void;
  /** Closes every connection with 1001 and stops listening. */
  stop(): Promise<void>;
};

const maximumFrameBytes = 64 * 1024;

/** The socket of this process: its own listener, and /ws of the API, with one set of connections behind both. */
export function createSockets(ctx: Ctx): Sockets {
  const connections = new Set<Connection>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maximumFrameBytes,
    handleProtocols: (offered) => (offered.has(socketSubprotocol) ? socketSubprotocol : false),
  });
  const own = createServer((_request, response) => response.writeHead(426, { upgrade: 'websocket' }).end());
  own.on('upgrade', (request, socket, head) => upgrade(ctx, sockets, connections, request, socket, head));
  const stopWatching = watchSessions(ctx, connections);
  return {
    listen: (port, host) => listen(own, port, host),
    attach: (server) => {
      server.on('upgrade', (request, socket, head) => {
        if (pathOf(request) === '/ws') upgrade(ctx, sockets, connections, request, socket, head);
        else refuse(socket, '404 Not Found');
      });
    },
    stop: async () => {
      stopWatching();
      for (const connection of connections)
        connection.close(closeCodes.goingAway, 'the server is restarting');
      own.closeAllConnections();
      if (own.listening) await new Promise((resolve) => own.close(resolve));
    },
  };
}

function upgrade(
  ctx: Ctx,
  sockets: WebSocketServer,
  connections: Set<Connection>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  if (!isOriginAllowed(ctx, request)) {
    refuse(socket, '403 Forbidden');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
    const connection = new Connection(ctx, webSocket);
    connections.add(connection);
    webSocket.on('close', () => connections.delete(connection));
  });
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
