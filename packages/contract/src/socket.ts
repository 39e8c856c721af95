import { z } from 'zod';
import {
  ClientMessageId,
  exampleMessage,
  exampleRoom,
  Message,
  MessageFiles,
  MessageId,
  MessageText,
  Presence,
  Room,
  RoomId,
  Seq,
  SeqWatermark,
} from './chat-resources.ts';
import { errorCodes } from './errors.ts';
import { Timestamp } from './fields.ts';
import { exampleNotification, Notification } from './notification-resources.ts';

/** The socket's subprotocol name: a client that asks for it gets it confirmed. */
export const socketSubprotocol = 'holdfast.v1';

const frameId = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: "the client's own; the answer carries the same one" });
const client = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), id: frameId, ...shape });
const server = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

const { roomId, receiver: userId, id: messageId, timestamp } = exampleMessage;
const clientMessageId = '5f0c2a8e-5f0e-4b7b-9c33-0d6a3c1b7a10';

/** What a client may send. The first frame must be authenticate, within ten seconds. */
export const ClientFrame = z.discriminatedUnion('type', [
  client('authenticate', {
    accessToken: z.string().min(20).max(200).meta({ description: 'as signing in or refreshing answered it' }),
  }).meta({
    description: 'Says who this is: the first frame of a connection, within ten seconds, and only once.',
    examples: [{ type: 'authenticate', id: '1', accessToken: 'x1yJ5kq8Zr0mBv3Nw7TfLc2HdGs9AeUpQiKoXtYzRj4' }],
  }),
  client('ping', {}).meta({
    description:
      "Asks whether the server answers, and for its time. It keeps no connection open: WebSocket's own do.",
    examples: [{ type: 'ping', id: '2' }],
  }),
  client('send', {
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    message: MessageText.optional(),
    files: MessageFiles.optional().meta({ description: 'filenames of uploads for the purpose chat' }),
  }).meta({
    description:
      'A message: text, files or both. Answered once it is committed; the same clientMessageId again is answered with the message that is there.',
    examples: [{ type: 'send', id: '3', roomId, clientMessageId, message: 'Tomorrow at nine?' }],
  }),
  client('sync', {
    roomId: RoomId,
    afterSeq: SeqWatermark.optional().meta({ description: 'what comes behind it, oldest first' }),
    beforeSeq: Seq.optional().meta({ description: 'what came before it, newest last' }),
    limit: z.int().min(1).max(200).optional().meta({ description: '50 if left out' }),
  }).meta({
    description: 'Reads messages of a room by seq; the newest ones if neither place is given.',
    examples: [{ type: 'sync', id: '4', roomId, afterSeq: 11 }],
  }),
  client('delivered', { roomId: RoomId, seq: Seq }).meta({
    description: 'All messages of the room up to this one are on this device.',
    examples: [{ type: 'delivered', id: '5', roomId, seq: 12 }],
  }),
  client('read', { roomId: RoomId, seq: Seq }).meta({
    description: 'All messages of the room up to this one were seen; that implies that they were delivered.',
    examples: [{ type: 'read', id: '6', roomId, seq: 12 }],
  }),
  client('typing', { roomId: RoomId, isTyping: z.boolean() }).meta({
    description: 'Begins or ends typing. It ends by itself after five seconds, and with a message.',
    examples: [{ type: 'typing', id: '7', roomId, isTyping: true }],
  }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;
export type ClientFrameOf<T extends ClientFrame['type']> = Extract<ClientFrame, { type: T }>;

/** What the server sends. */
export const ServerFrame = z.discriminatedUnion('type', [
  server('ready', {
    id: frameId,
    user: z.object({ id: z.string(), role: z.enum(['customer', 'contractor', 'admin']) }),
    serverTime: Timestamp,
    protocol: z.literal(socketSubprotocol),
    limits: z.object({
      frameBytes: z.int(),
      messageLength: z.int(),
      filesPerMessage: z.int(),
      messagesPerMinute: z.int(),
    }),
    rooms: z.array(Room).meta({ description: 'the newest fifty; the others by GET /api/rooms' }),
  }).meta({
    description: 'The connection is authenticated; from here on it hears everything that is for this person.',
    examples: [
      {
        type: 'ready',
        id: '1',
        user: { id: exampleMessage.sender, role: 'customer' },
        serverTime: timestamp,
        protocol: socketSubprotocol,
        limits: { frameBytes: 65_536, messageLength: 4000, filesPerMessage: 10, messagesPerMinute: 600 },
        rooms: [exampleRoom],
      },
    ],
  }),
  server('pong', { id: frameId, serverTime: Timestamp }).meta({
    description: 'The answer to ping.',
    examples: [{ type: 'pong', id: '2', serverTime: timestamp }],
  }),
  server('accepted', {
    id: frameId,
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    messageId: MessageId,
    seq: Seq,
    timestamp: Timestamp,
    isFlagged: z.boolean().meta({ description: 'it carries contact or payment details before a booking' }),
    isHeld: z.boolean().meta({ description: 'its receiver sees no words of it until it is released' }),
  }).meta({
    description: 'The message is committed, at this place of the room.',
    examples: [
      {
        type: 'accepted',
        id: '3',
        roomId,
        clientMessageId,
        messageId,
        seq: 12,
        timestamp,
        isFlagged: false,
        isHeld: false,
      },
    ],
  }),
  server('rejected', {
    id: frameId,
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    code: z.enum(errorCodes),
    detail: z.string(),
  }).meta({
    description:
      'The message was not written, and sending it unchanged will not help, unless code is rate_limited.',
    examples: [
      {
        type: 'rejected',
        id: '3',
        roomId,
        clientMessageId,
        code: 'forbidden',
        detail: 'You cannot write to each other: one of you blocks the other.',
      },
    ],
  }),
  server('done', { id: frameId }).meta({
    description: 'The answer to delivered, read and typing.',
    examples: [{ type: 'done', id: '5' }],
  }),
  server('page', {
    id: frameId,
    roomId: RoomId,
    messages: z.array(Message),
    lastSeq: SeqWatermark.meta({ description: "the room's newest" }),
    hasMore: z.boolean().meta({ description: 'in the direction that was asked for' }),
  }).meta({
    description: 'The answer to sync: messages in the order of seq.',
    examples: [{ type: 'page', id: '4', roomId, messages: [exampleMessage], lastSeq: 12, hasMore: false }],
  }),
  server('message', { message: Message }).meta({
    description:
      'A new message of one of my rooms, by either side, or one that was edited, deleted, held back or released: the same id again, with a higher version. Not to the connection that sent it.',
    examples: [{ type: 'message', message: exampleMessage }],
  }),
  server('receipt', {
    roomId: RoomId,
    userId: z.string().meta({ description: 'whose; my own come, too, for my other devices' }),
    deliveredSeq: SeqWatermark,
    readSeq: SeqWatermark,
  }).meta({
    description: 'How far a member of the room is now.',
    examples: [{ type: 'receipt', roomId, userId, deliveredSeq: 12, readSeq: 12 }],
  }),
  server('typing', { roomId: RoomId, userId: z.string(), isTyping: z.boolean() }).meta({
    description: 'The other member types, or has stopped.',
    examples: [{ type: 'typing', roomId, userId, isTyping: true }],
  }),
  server('presence', { userId: z.string(), ...Presence.shape }).meta({
    description: 'Somebody with whom there is a room came or went.',
    examples: [{ type: 'presence', userId, isOnline: false, lastSeenAt: '2026-11-24T09:28:11.000Z' }],
  }),
  server('room', { room: Room }).meta({
    description:
      'How a room stands: somebody has opened it with me, or the server could not tell all that happened in it.',
    examples: [{ type: 'room', room: exampleRoom }],
  }),
  server('notification', {
    notification: Notification,
    unread: z.int().meta({ description: 'how many are unread now; 999 means that many or more' }),
  }).meta({
    description:
      'Something new in my list, or more of the same: messages of one room are one notification, with the same id again.',
    examples: [{ type: 'notification', notification: exampleNotification, unread: 3 }],
  }),
  server('unread', {
    unread: z.int().meta({ description: 'how many are unread now; 999 means that many or more' }),
  }).meta({
    description: 'Notifications were read or removed, on this or another device.',
    examples: [{ type: 'unread', unread: 2 }],
  }),
  server('error', {
    id: frameId.nullable().meta({ description: 'the frame that this answers; null if it could not be read' }),
    code: z.enum(errorCodes),
    detail: z.string(),
  }).meta({
    description: 'A frame was not understood, not allowed, or could not be answered.',
    examples: [{ type: 'error', id: '8', code: 'not_found', detail: 'There is no such room.' }],
  }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
export type ServerFrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** What each frame of a client is answered with: one frame, of one of these types. */
export const frameAnswers = {
  authenticate: ['ready', 'error'],
  ping: ['pong', 'error'],
  send: ['accepted', 'rejected', 'error'],
  sync: ['page', 'error'],
  delivered: ['done', 'error'],
  read: ['done', 'error'],
  typing: ['done', 'error'],
} as const satisfies Record<ClientFrame['type'], readonly ServerFrame['type'][]>;

/** Why the server closed the connection. */
export const closeCodes = {
  goingAway: 1001,
  tooLarge: 1009,
  authenticationTimeout: 4001,
  authenticationFailed: 4002,
  sessionEnded: 4003,
  tooManyErrors: 4004,
} as const;
