import { z } from 'zod';
import { idOf, prose, Timestamp } from './fields.ts';
import { File, FileName } from './file-resources.ts';

/** What is shown of the talk between a customer and a contractor, over REST and on the socket. */

export const RoomId = idOf('rom');
export const MessageId = idOf('msg');
export const maximumMessageLength = 4000;
export const mostFilesPerMessage = 10;

/** A value of the client's own: sending the same one again gives the same message, and no second one. */
export const ClientMessageId = z
  .string()
  .regex(/^[0-9A-Za-z_-]{8,64}$/, 'must be 8 to 64 letters, digits, - or _')
  .meta({
    description: 'made by the client, e.g. a UUID',
    examples: ['5f0c2a8e-5f0e-4b7b-9c33-0d6a3c1b7a10'],
  });

/** The place of a message in its room: 1, 2, 3 … without gaps. */
export const Seq = z.int().min(1).max(2_147_483_647);
const watermark = z.int().min(0).max(2_147_483_647);

export const MessageText = prose(1, maximumMessageLength).meta({ examples: ['Tomorrow at nine?'] });
export const MessageFiles = z
  .array(FileName)
  .max(mostFilesPerMessage)
  .refine((names) => new Set(names).size === names.length, 'must not name a file twice');

/** What a booking's two people are told in their room. */
export const bookingEvents = [
  'booking.requested',
  'booking.confirmed',
  'booking.declined',
  'booking.expired',
  'booking.cancelled',
  'booking.delivered',
  'booking.completed',
  'payment.held',
  'payment.released',
  'payment.refunded',
  'dispute.opened',
  'dispute.decided',
  'dispute.withdrawn',
] as const;
export const BookingEvent = z
  .enum(bookingEvents)
  .meta({ id: 'BookingEvent', examples: ['booking.confirmed'] });
export type BookingEvent = z.infer<typeof BookingEvent>;

export const MessageKind = z.enum(['text', 'file', 'system']).meta({
  id: 'MessageKind',
  description: 'file: has attachments, and perhaps text · system: says what happened to a booking or payment',
});
export type MessageKind = z.infer<typeof MessageKind>;

export const exampleMessage = {
  id: 'msg_5qZr8Vb2NfK0tXy7WcL3mD',
  roomId: 'rom_5qZr8Vb2NfK0tXy7WcL3mD',
  seq: 12,
  kind: 'text' as const,
  sender: 'usr_1aBc2dEf3gHi4jKl5mNo6p',
  receiver: 'usr_9zYx8wVu7tSr6qPo5nMl4k',
  message: 'Tomorrow at nine?',
  timestamp: '2026-11-24T09:30:00.000Z',
  readStatus: 'delivered' as const,
  attachments: [],
  event: null,
  isFlagged: false,
  isHeld: false,
  version: 1,
  editedAt: null,
  deletedAt: null,
};

export const Message = z
  .object({
    id: MessageId,
    roomId: RoomId,
    seq: Seq,
    kind: MessageKind,
    sender: z.string().nullable().meta({ description: 'null for system messages' }),
    receiver: z.string().nullable().meta({ description: 'null for system messages, which are for both' }),
    message: z.string().meta({
      description: 'empty once it was deleted, and for the receiver as long as it is held back',
    }),
    timestamp: Timestamp,
    readStatus: z
      .enum(['sent', 'delivered', 'read'])
      .meta({ description: 'how far the receiver is, or for system messages the other member' }),
    attachments: z.array(File),
    event: z
      .object({ type: BookingEvent, bookingId: z.string() })
      .nullable()
      .meta({ description: 'of system messages: what happened, as in booking.confirmed' }),
    isFlagged: z
      .boolean()
      .meta({ description: 'carries contact or payment details before anything was booked' }),
    isHeld: z.boolean().meta({
      description:
        'held back until the platform has looked at it: its receiver sees its place, but neither words nor attachments',
    }),
    version: z.int().min(1).meta({
      description:
        '1, and one more with each change: edited, deleted, held, released. Of two copies the higher one is true',
    }),
    editedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Message', examples: [exampleMessage] });
export type Message = z.infer<typeof Message>;

export const ReportReason = z
  .enum(['spam', 'abuse', 'fraud', 'contact_details', 'other'])
  .meta({ id: 'ReportReason' });

export const Presence = z
  .object({ isOnline: z.boolean(), lastSeenAt: Timestamp.nullable() })
  .meta({ id: 'Presence', examples: [{ isOnline: false, lastSeenAt: '2026-11-24T09:28:11.000Z' }] });
export type Presence = z.infer<typeof Presence>;

export const exampleRoom = {
  id: 'rom_5qZr8Vb2NfK0tXy7WcL3mD',
  other: { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl', role: 'contractor' as const },
  presence: { isOnline: true, lastSeenAt: null },
  lastSeq: 12,
  lastMessage: exampleMessage,
  unread: 0,
  deliveredSeq: 12,
  readSeq: 12,
  otherDeliveredSeq: 12,
  otherReadSeq: 11,
  isBlocked: false,
  createdAt: '2026-11-24T09:00:00.000Z',
};

export const Room = z
  .object({
    id: RoomId,
    other: z
      .object({ id: z.string(), name: z.string(), role: z.enum(['customer', 'contractor']) })
      .meta({ description: 'the other member' }),
    presence: Presence.nullable().meta({
      description: 'of the other member; null while one blocks the other',
    }),
    lastSeq: watermark.meta({ description: '0 before the first message' }),
    lastMessage: Message.nullable(),
    unread: z
      .int()
      .meta({ description: 'messages of the other side and of the system after readSeq; 100 means more' }),
    deliveredSeq: watermark.meta({ description: 'my own' }),
    readSeq: watermark.meta({ description: 'my own' }),
    otherDeliveredSeq: watermark,
    otherReadSeq: watermark,
    isBlocked: z.boolean().meta({ description: 'I block the other member' }),
    createdAt: Timestamp,
  })
  .meta({
    id: 'Room',
    examples: [exampleRoom],
  });
export type Room = z.infer<typeof Room>;

export const SeqWatermark = watermark;
