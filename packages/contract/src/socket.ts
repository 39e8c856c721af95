import { z } from 'zod';
import {
  ClientMessageId,
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

/** The socket's subprotocol name: a client that asks for it gets it confirmed. */
export const socketSubprotocol = 'holdfast.v1';

/** A value of the client's own; the answer to a frame carries the same one. */
const frameId = z.string().min(1).max(64);
const client = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), id: frameId, ...shape });
const server = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), ...shape });

/** What a client may send. The first frame must be authenticate, within ten seconds. */
export const ClientFrame = z.discriminatedUnion('type', [
  client('authenticate', { accessToken: z.string().min(20).max(200) }),
  client('ping', {}),
  client('send', {
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    message: MessageText.optional(),
    files: MessageFiles.optional(),
  }),
  client('sync', {
    roomId: RoomId,
    afterSeq: SeqWatermark.optional(),
    beforeSeq: Seq.optional(),
    limit: z.int().min(1).max(200).optional(),
  }),
  client('delivered', { roomId: RoomId, seq: Seq }),
  client('read', { roomId: RoomId, seq: Seq }),
  client('typing', { roomId: RoomId, isTyping: z.boolean() }),
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
  }),
  server('pong', { id: frameId, serverTime: Timestamp }),
  server('accepted', {
    id: frameId,
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    messageId: MessageId,
    seq: Seq,
    timestamp: Timestamp,
  }),
  server('rejected', {
    id: frameId,
    roomId: RoomId,
    clientMessageId: ClientMessageId,
    code: z.enum(errorCodes),
    detail: z.string(),
  }),
  server('done', { id: frameId }),
  server('page', {
    id: frameId,
    roomId: RoomId,
    messages: z.array(Message),
    lastSeq: SeqWatermark,
    hasMore: z.boolean(),
  }),
  server('message', { message: Message }),
  server('receipt', {
    roomId: RoomId,
    userId: z.string(),
    deliveredSeq: SeqWatermark,
    readSeq: SeqWatermark,
  }),
  server('typing', { roomId: RoomId, userId: z.string(), isTyping: z.boolean() }),
  server('presence', { userId: z.string(), ...Presence.shape }),
  server('room', { room: Room }),
  server('error', {
    id: frameId.nullable().meta({ description: 'the frame that this answers, if it could be read' }),
    code: z.enum(errorCodes),
    detail: z.string(),
  }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
export type ServerFrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** Why the server closed the connection. */
export const closeCodes = {
  goingAway: 1001,
  tooLarge: 1009,
  authenticationTimeout: 4001,
  authenticationFailed: 4002,
  sessionEnded: 4003,
  tooManyErrors: 4004,
} as const;
