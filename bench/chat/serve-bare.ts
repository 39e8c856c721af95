import type { AddressInfo } from 'node:net';
import type { ClientFrame } from '@holdfast/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveUntilLeft, settingsOf } from '../child.ts';
import { openPlainMessages } from './plain-messages.ts';

export type BareSettings = { databaseUrl?: string };

/**
 * What a chat costs at least: a socket that believes everything, and answers the frames of the bench. With a database each
 * message is answered and passed on when it is committed.
 */
const { databaseUrl } = settingsOf<BareSettings>();
const messages = await openPlainMessages(databaseUrl);

const rooms = new Map<string, Map<string, WebSocket>>();
const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
sockets.on('connection', (socket) => {
  let userId = '';
  socket.on('message', async (data) => {
    const frame = JSON.parse(String(data)) as ClientFrame;
    if (frame.type === 'authenticate') {
      const [roomId, id] = frame.accessToken.split(' ') as [string, string];
      userId = id;
      const room = rooms.get(roomId) ?? new Map<string, WebSocket>();
      rooms.set(roomId, room.set(userId, socket));
      socket.send(JSON.stringify({ type: 'ready', id: frame.id }));
      return;
    }
    if (frame.type !== 'send') return;
    const { roomId, clientMessageId, message = '' } = frame;
    const written = await messages.write(userId, { roomId, clientMessageId, message });
    socket.send(
      JSON.stringify({ type: 'accepted', id: frame.id, roomId, clientMessageId, messageId: written.id }),
    );
    const text = JSON.stringify({ type: 'message', message: written });
    for (const [otherId, other] of rooms.get(roomId)!) if (otherId !== userId) other.send(text);
  });
});
sockets.on('listening', () =>
  serveUntilLeft({ url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}` }, async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    await messages.close();
  }),
);
