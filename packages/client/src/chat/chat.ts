import { MessageInput, type MessagePage, type Room, type ServerFrame } from '@holdfast/contract';
import { Connection } from './connection.ts';
import { ChatError, chatErrorOf } from './errors.ts';
import { type ChatState, createEvents, type Events } from './events.ts';
import { createMarks } from './marks.ts';
import { type ChatOptions, systemTimers } from './options.ts';
import { createOutbox, type SentMessage } from './outbox.ts';
import { createReading, type Stretch } from './reading.ts';
import type { Question } from './requests.ts';
import { Rooms } from './rooms.ts';
import { createTurnstile } from './turnstile.ts';

export { ChatError, type ChatErrorCode } from './errors.ts';
export type { ChatEvents, ChatState, Listener } from './events.ts';
export type { ChatOptions, SocketClass, SocketLike, Timers } from './options.ts';
export type { SentMessage } from './outbox.ts';
export type { Stretch } from './reading.ts';

/** Text, names of uploaded files, or both. With a clientMessageId of its own it can be sent again after a restart. */
export type MessageContent = { message?: string; files?: string[]; clientMessageId?: string };

export type ChatSocket = {
  readonly state: ChatState;
  /** Returns how to stop listening. */
  on: Events['on'];
  /**
   * Resolves once the message is committed, also if that takes several connections. Rejects with ChatError if it does not
   * fit the contract, if the server refuses it, and if the chat is closed before.
   */
  send(roomId: string, content: MessageContent): Promise<SentMessage>;
  /** Reads a stretch of a room's messages; they are not emitted. Waits for a connection. Rejects with ChatError. */
  sync(roomId: string, stretch?: Stretch): Promise<MessagePage>;
  /** Told now or with the next connection; what the server refuses is an error event. */
  markDelivered(roomId: string, seq: number): void;
  markRead(roomId: string, seq: number): void;
  /** Told now or not at all. To be repeated every few seconds while somebody types. */
  typing(roomId: string, isTyping: boolean): void;
  /** The newest fifty as they stand now, the one with the newest message first; others by GET /api/rooms. */
  rooms(): Room[];
  /** Rejects what is not committed yet. */
  close(): void;
};

/** Connects, and stays connected until the session is over or close() is called. */
export function connectChat(options: ChatOptions): ChatSocket {
  const timers = options.timers ?? systemTimers;
  const events = createEvents();
  const tellError = (error: unknown) => events.emit('error', chatErrorOf(error));
  const turnstile = createTurnstile();
  const ask = (question: Question) => connection.ask(question);
  const reading = createReading(ask, turnstile, timers);
  const rooms = new Rooms(events, options.seen ?? {}, reading.fill, (error) => {
    if (connection.state === 'closed') return false;
    tellError(error);
    return true;
  });
  const isReady = () => connection.state === 'ready';
  const outbox = createOutbox(ask, isReady, timers, (sent, draft) => rooms.accepted(sent, draft));
  const marks = createMarks(ask, tellError);
  const end = (error: ChatError) => {
    turnstile.shut(error);
    outbox.end(error);
  };
  const connection = new Connection(options, {
    state: (state) => {
      if (state !== 'ready') turnstile.hold();
      events.emit('state', state);
    },
    ready: (frame) => {
      rooms.ready(frame);
      turnstile.open();
      outbox.flush();
      marks.flush();
    },
    frame: (frame) => take(frame, rooms, events),
    error: tellError,
    over: (error) => {
      end(error);
      events.emit('error', error);
    },
  });
  connection.start();
  return {
    get state() {
      return connection.state;
    },
    on: events.on,
    send: async (roomId, content) => {
      const draft = draftOf(content);
      if (connection.state === 'closed') throw new ChatError('closed', 'The chat is closed.');
      return outbox.add({ roomId, ...draft });
    },
    sync: async (roomId, stretch = {}) => rooms.note(await reading.sync(roomId, stretch)),
    markDelivered: (roomId, seq) => marks.move('delivered', roomId, seq),
    markRead: (roomId, seq) => marks.move('read', roomId, seq),
    typing: (roomId, isTyping) => void ask({ type: 'typing', roomId, isTyping }).catch(() => undefined),
    rooms: () => rooms.list(),
    close: () => {
      end(new ChatError('closed', 'The chat was closed.'));
      connection.close();
    },
  };
}

function take(frame: ServerFrame, rooms: Rooms, events: Events): void {
  if (frame.type === 'message') rooms.message(frame.message);
  else if (frame.type === 'room') rooms.room(frame.room);
  else if (frame.type === 'receipt') rooms.receipt(withoutType(frame));
  else if (frame.type === 'presence') rooms.presence(withoutType(frame));
  else if (frame.type === 'typing') events.emit('typing', withoutType(frame));
  else if (frame.type === 'notification') events.emit('notification', withoutType(frame));
  else if (frame.type === 'unread') events.emit('unread', withoutType(frame));
  else if (frame.type === 'pong') rooms.hear(frame.serverTime);
  else if (frame.type === 'error') events.emit('error', new ChatError(frame.code, frame.detail));
}

const withoutType = <F extends ServerFrame>({ type: _type, ...payload }: F): Omit<F, 'type'> => payload;

/** As the server will store it: trimmed, for example. */
function draftOf(content: MessageContent): MessageInput {
  const parsed = MessageInput.safeParse({ clientMessageId: newClientMessageId(), ...content });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ChatError(
    'validation_failed',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a message'}`,
  );
}

// Not randomUUID: browsers have that on https only, and development is often on http.
const newClientMessageId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
