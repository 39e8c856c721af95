import { z } from 'zod';
import { ApplicationId } from './applications.ts';
import { BookingId } from './bookings.ts';
import {
  ClientMessageId,
  exampleMessage,
  Message,
  MessageFiles,
  MessageId,
  MessageText,
  ReportReason,
  Room,
  RoomId,
  Seq,
  SeqWatermark,
} from './chat-resources.ts';
import { endpoint } from './endpoint.ts';
import { line, prose } from './fields.ts';
import { pageOf, pageQuery } from './pages.ts';
import { UserId } from './people.ts';

/** The body of a message: text, files, or both. */
export const MessageInput = z
  .strictObject({
    clientMessageId: ClientMessageId,
    message: MessageText.optional(),
    files: MessageFiles.optional(),
  })
  .refine(({ message, files }) => message !== undefined || (files?.length ?? 0) > 0, 'needs text or files')
  .meta({
    examples: [{ clientMessageId: '5f0c2a8e-5f0e-4b7b-9c33-0d6a3c1b7a10', message: 'Tomorrow at nine?' }],
  });
export type MessageInput = z.output<typeof MessageInput>;

const seqText = z
  .string()
  .regex(/^\d{1,10}$/, 'must be a whole number')
  .transform(Number)
  .pipe(SeqWatermark)
  .optional();

export const HistoryQuery = z
  .strictObject({
    afterSeq: seqText.meta({ description: 'messages behind this one, oldest first: what was missed' }),
    beforeSeq: seqText.meta({
      description: 'messages before this one, newest last; the newest ones if left out',
    }),
    limit: pageQuery.limit,
  })
  .refine(
    ({ afterSeq, beforeSeq }) => afterSeq === undefined || beforeSeq === undefined,
    'takes afterSeq or beforeSeq, not both',
  );
export type HistoryQuery = z.output<typeof HistoryQuery>;

/** One stretch of a room, in the order of seq. */
export const MessagePage = z
  .object({
    roomId: RoomId,
    messages: z.array(Message),
    lastSeq: SeqWatermark.meta({ description: "the room's newest" }),
    hasMore: z.boolean().meta({ description: 'in the direction that was asked for' }),
  })
  .meta({
    id: 'MessagePage',
    examples: [{ roomId: exampleMessage.roomId, messages: [exampleMessage], lastSeq: 12, hasMore: true }],
  });
export type MessagePage = z.infer<typeof MessagePage>;

const room = z.strictObject({ id: RoomId });
const message = z.strictObject({ id: MessageId });
const person = z.strictObject({ id: UserId });
const shared = { tag: 'Chat', access: 'user' } as const;
const nothing = z.undefined();

export const chat = {
  openRoom: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/rooms',
    summary: 'Open the room with somebody',
    description:
      'There is one room for each customer and contractor; if it is there already, it is the answer. By a booking, by an application, or by the person: a customer may write to any contractor, a contractor to customers whose job they applied for or were booked for.',
    body: z
      .union([
        z.strictObject({ bookingId: BookingId }),
        z.strictObject({ applicationId: ApplicationId }),
        z.strictObject({ userId: UserId }),
      ])
      .meta({ examples: [{ bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD' }] }),
    response: Room,
    errors: ['not_found', 'forbidden'],
  }),
  rooms: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/rooms',
    summary: 'List my rooms, the one with the newest message first',
    query: z.strictObject(pageQuery),
    response: pageOf(Room),
  }),
  room: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/rooms/:id',
    summary: 'Show a room of mine',
    params: room,
    response: Room,
  }),
  history: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/rooms/:id/messages',
    summary: 'Read messages of a room, by seq',
    params: room,
    query: HistoryQuery,
    response: MessagePage,
  }),
  send: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/rooms/:id/messages',
    summary: 'Send a message',
    description:
      'Answered once it is committed, with `isHeld` if its receiver does not see it yet. The same clientMessageId again is answered with the same message. Files are uploaded first, for the purpose chat.',
    params: room,
    body: MessageInput,
    response: Message,
    status: 201,
    errors: ['conflict', 'forbidden'],
  }),
  edit: endpoint({
    ...shared,
    method: 'PATCH',
    path: '/api/messages/:id',
    summary: 'Change a message that I sent, within 15 minutes',
    description:
      'What is true of a new message is true of the new words: they may be marked, or held back. A message that was held back is not any more if they are harmless.',
    params: message,
    body: z.strictObject({ message: MessageText }).meta({ examples: [{ message: 'Tomorrow at ten?' }] }),
    response: Message,
    errors: ['conflict'],
  }),
  remove: endpoint({
    ...shared,
    method: 'DELETE',
    path: '/api/messages/:id',
    summary: 'Delete a message that I sent, within 15 minutes',
    description: 'Its place in the room stays, empty.',
    params: message,
    response: Message,
    errors: ['conflict'],
  }),
  markRead: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/rooms/:id/read',
    summary: 'Say how far I have read',
    description: 'It only moves forward; reading implies that it was delivered.',
    params: room,
    body: z.strictObject({ seq: Seq }).meta({ examples: [{ seq: 12 }] }),
    response: z.object({ readSeq: SeqWatermark, unread: z.int() }),
  }),
  search: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/messages',
    summary: 'Search my messages, newest first',
    query: z.strictObject({
      q: line(2, 200).meta({ description: 'words, "quoted phrases", or and -not', examples: ['tomorrow'] }),
      roomId: RoomId.optional().meta({ description: 'only in this room' }),
      ...pageQuery,
    }),
    response: pageOf(Message),
  }),
  block: endpoint({
    ...shared,
    method: 'PUT',
    path: '/api/blocks/:id',
    summary: 'Block a person',
    description: 'No message, typing or presence either way until it is lifted.',
    params: person,
    response: nothing,
    status: 204,
  }),
  unblock: endpoint({
    ...shared,
    method: 'DELETE',
    path: '/api/blocks/:id',
    summary: 'Lift a block',
    params: person,
    response: nothing,
    status: 204,
  }),
  report: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/reports',
    summary: 'Report a person or a message to the platform',
    description: 'The same message again is the same report.',
    body: z
      .strictObject({
        userId: UserId,
        messageId: MessageId.optional(),
        reason: ReportReason,
        description: prose(0, 2000),
      })
      .meta({
        examples: [
          { userId: 'usr_9zYx8wVu7tSr6qPo5nMl4k', reason: 'spam', description: 'The same offer every day.' },
        ],
      }),
    response: nothing,
    status: 204,
    errors: ['not_found'],
  }),
};
