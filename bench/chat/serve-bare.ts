import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { ClientFrame } from '@holdfast/contract';
import pg from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveUntilLeft, settingsOf } from '../child.ts';

export type BareSettings = { databaseUrl?: string };

/**
 * What a chat costs at least: a socket that believes everything, and answers the frames of the bench. With a database it
 * is what is written first: one INSERT for each message, answered and passed on when that is committed.
 */
const { databaseUrl } = settingsOf<BareSettings>();
const pool = databaseUrl === undefined ? undefined : new pg.Pool({ connectionString: databaseUrl, max: 20 });
await pool?.query(`create table if not exists plain_messages (
  id uuid primary key, room_id text not null, sender_id text not null, client_message_id text not null, body text not null,
  seq bigserial, created_at timestamptz not null default now(), unique (room_id, sender_id, client_message_id))`);
await pool?.query('create index if not exists plain_messages_room on plain_messages (room_id, seq)');

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
    const { roomId, clientMessageId, message } = frame;
    const written = {
      id: randomUUID(),
      roomId,
      sender: userId,
      message,
      timestamp: new Date().toISOString(),
    };
    await pool?.query({
      name: 'insert',
      text: 'insert into plain_messages (id, room_id, sender_id, client_message_id, body) values ($1, $2, $3, $4, $5)',
      values: [written.id, roomId, userId, clientMessageId, message],
    });
    socket.send(
      JSON.stringify({ type: 'accepted', id: frame.id, roomId, clientMessageId, messageId: written.id }),
    );
    const text = JSON.stringify({ type: 'message', message: written });
    for (const [otherId, other] of rooms.get(roomId)!) if (otherId !== userId) other.send(text);
  });
});
sockets.on('listening', () =>
  serveUntilLeft(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    await pool?.end();
  }),
);
