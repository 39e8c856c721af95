import type { WebSocket } from 'ws';
import { serveUntilLeft, settingsOf } from '../child.ts';
import { openConnections, openSilent } from './connections.ts';
import { plainProtocol, socketIoProtocol } from './protocols.ts';

export type HolderSettings = { url: string; isSocketIo: boolean };

/** What a holder may be told: to open more, which say who they are or not, or to count those that are still open. */
export type HolderQuestion = { tokens: string[] } | { silent: number } | 'count';

/**
 * Holds connections that do nothing, in a process of its own: it has to answer when they are asked whether they are there,
 * and would otherwise keep the generator from noticing what comes. Answers each question with how many are open.
 */
const { url, isSocketIo } = settingsOf<HolderSettings>();
const protocol = isSocketIo ? socketIoProtocol : plainProtocol;
const sockets: WebSocket[] = [];
const isOpen = (socket: WebSocket) => socket.readyState === socket.OPEN;
const answer = async (question: unknown) => {
  const asked = question as HolderQuestion;
  if (asked !== 'count')
    sockets.push(
      ...('tokens' in asked
        ? await openConnections(protocol, url, asked.tokens)
        : await openSilent(protocol, url, asked.silent)),
    );
  return sockets.filter(isOpen).length;
};
const close = async () => {
  for (const socket of sockets) socket.terminate();
};
serveUntilLeft('ready', close, answer);
