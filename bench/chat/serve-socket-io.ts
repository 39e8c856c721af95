import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { serveUntilLeft, settingsOf } from '../child.ts';
import { openPlainMessages } from './plain-messages.ts';
import type { BareSettings } from './serve-bare.ts';

/**
 * The chat that is written first with socket.io, as its guide has it: who connects says who they are and joins a room, each
 * message is one INSERT, then the sender's callback is called and the others in the room are told. WebSocket alone.
 */
type Sent = { roomId: string; clientMessageId: string; message: string };
type Accepted = { roomId: string; clientMessageId: string; messageId: string };

const messages = await openPlainMessages(settingsOf<BareSettings>().databaseUrl);
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.use((socket, next) => {
  const [roomId, userId] = String(socket.handshake.auth.token).split(' ');
  socket.data = { roomId, userId };
  next(userId === undefined ? new Error('say who you are') : undefined);
});
io.on('connection', async (socket) => {
  socket.on('send', async (sent: Sent, accept: (accepted: Accepted) => void) => {
    const written = await messages.write(socket.data.userId, sent);
    accept({ roomId: sent.roomId, clientMessageId: sent.clientMessageId, messageId: written.id });
    socket.to(sent.roomId).emit('message', written);
  });
  await socket.join(socket.data.roomId);
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
serveUntilLeft({ url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}` }, async () => {
  await io.close();
  await messages.close();
});
