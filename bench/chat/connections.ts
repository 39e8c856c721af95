import { once } from 'node:events';
import { type ClientFrame, type ServerFrame, socketSubprotocol } from '@holdfast/contract';
import { WebSocket } from 'ws';
import type { Pair } from './pairs.ts';

const atOnce = 20;

/** Opens a connection for each token and authenticates it. Throws if one is refused. */
export async function openConnections(url: string, tokens: readonly string[]): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let from = 0; from < tokens.length; from += atOnce)
    sockets.push(
      ...(await Promise.all(tokens.slice(from, from + atOnce).map((token) => openOne(url, token)))),
    );
  return sockets;
}

async function openOne(url: string, accessToken: string): Promise<WebSocket> {
  const socket = new WebSocket(url, socketSubprotocol, { perMessageDeflate: false });
  await once(socket, 'open');
  const answer = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'authenticate', id: 'a', accessToken } satisfies ClientFrame));
  const { type } = JSON.parse(String((await answer)[0])) as ServerFrame;
  if (type !== 'ready') throw new Error(`a connection was answered with ${type}`);
  return socket;
}

export const tokensOf = (pairs: readonly Pair[]): string[] => pairs.flatMap(({ tokens }) => tokens);

export async function closeConnections(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => {
      const closed = once(socket, 'close');
      socket.close();
      return closed;
    }),
  );
}
