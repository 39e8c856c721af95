import { z } from 'zod';
import { errorCodes } from './errors.ts';
import { Timestamp } from './fields.ts';

/** The socket's subprotocol name: a client that asks for it gets it confirmed. */
export const socketSubprotocol = 'holdfast.v1';

/** A value of the client's own; the answer to a frame carries the same one. */
const frameId = z.string().min(1).max(64);

export const AuthenticateFrame = z.strictObject({
  type: z.literal('authenticate'),
  id: frameId,
  accessToken: z.string().min(20).max(200),
});
export const PingFrame = z.strictObject({ type: z.literal('ping'), id: frameId });

/** What a client may send. The first frame must be authenticate, within ten seconds. */
export const ClientFrame = z.discriminatedUnion('type', [AuthenticateFrame, PingFrame]);
export type ClientFrame = z.infer<typeof ClientFrame>;

export const ReadyFrame = z.object({
  type: z.literal('ready'),
  id: frameId,
  user: z.object({ id: z.string(), role: z.enum(['customer', 'contractor', 'admin']) }),
  serverTime: Timestamp,
  protocol: z.literal(socketSubprotocol),
});
export const PongFrame = z.object({ type: z.literal('pong'), id: frameId, serverTime: Timestamp });
export const ErrorFrame = z.object({
  type: z.literal('error'),
  id: frameId.nullable().meta({ description: 'the frame that this answers, if it could be read' }),
  code: z.enum(errorCodes),
  detail: z.string(),
});

/** What the server sends. */
export const ServerFrame = z.discriminatedUnion('type', [ReadyFrame, PongFrame, ErrorFrame]);
export type ServerFrame = z.infer<typeof ServerFrame>;

/** Why the server closed the connection. */
export const closeCodes = {
  goingAway: 1001,
  tooLarge: 1009,
  authenticationTimeout: 4001,
  authenticationFailed: 4002,
  sessionEnded: 4003,
  tooManyErrors: 4004,
} as const;
