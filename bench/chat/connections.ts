import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { openingOf, type Protocol } from './protocols.ts';

const atOnce = 20;

/** Opens a connection for each token and authenticates it. Throws if one is refused. */
export const openConnections = (
  protocol: Protocol,
  url: string,
  tokens: readonly string[],
): Promise<WebSocket[]> =>
  inGroups(tokens, async (token) => {
    const socket = protocol.dial(url);
    await protocol.authenticate(socket, token);
    return socket;
  });

/** Opens connections that never say who they are. */
export const openSilent = (protocol: Protocol, url: string, count: number): Promise<WebSocket[]> =>
  inGroups(Array(count).fill(undefined), async () => {
    const socket = protocol.dial(url);
    await openingOf(socket);
    return socket;
  });

async function inGroups<Given>(
  given: readonly Given[],
  open: (one: Given) => Promise<WebSocket>,
): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let from = 0; from < given.length; from += atOnce)
    sockets.push(...(await Promise.all(given.slice(from, from + atOnce).map(open))));
  return sockets;
}

/** Those that are closed already are left alone. */
export async function closeConnections(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets
      .filter((socket) => socket.readyState !== socket.CLOSED)
      .map((socket) => {
        const closed = once(socket, 'close');
        socket.close();
        return closed;
      }),
  );
}
