import { z } from 'zod';
import { exampleMessage, Message, ReportReason, RoomId, SeqWatermark } from './chat-resources.ts';
import { idOf, Timestamp } from './fields.ts';
import { PersonName } from './jobs.ts';

/** What admins see of the chat: messages with both people, and reports. */

const ada = { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' };
const carl = { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' };
const { readStatus: _readStatus, ...exampleFields } = exampleMessage;
const exampleAdminMessage = { ...exampleFields, sender: ada, receiver: carl };

export const AdminMessage = Message.omit({ readStatus: true, sender: true, receiver: true })
  .extend({
    sender: PersonName.nullable().meta({ description: 'null for system messages' }),
    receiver: PersonName.nullable().meta({ description: 'null for system messages, which are for both' }),
    message: z
      .string()
      .meta({ description: 'also of messages that are held back; empty once it was deleted' }),
  })
  .meta({ id: 'AdminMessage', examples: [exampleAdminMessage] });
export type AdminMessage = z.infer<typeof AdminMessage>;

/** One stretch of a pair's room, in the order of seq. */
export const AdminMessagePage = z
  .object({
    roomId: RoomId.nullable().meta({ description: 'null if the two have no room, and so no messages' }),
    messages: z.array(AdminMessage),
    lastSeq: SeqWatermark.meta({ description: "the room's newest" }),
    hasMore: z.boolean().meta({ description: 'in the direction that was asked for' }),
  })
  .meta({
    id: 'AdminMessagePage',
    examples: [
      { roomId: exampleMessage.roomId, messages: [exampleAdminMessage], lastSeq: 12, hasMore: true },
    ],
  });
export type AdminMessagePage = z.infer<typeof AdminMessagePage>;

export const ReportId = idOf('rep');
export const reportOutcomes = ['dismissed', 'warned', 'message_removed', 'suspended'] as const;
export const ReportOutcome = z.enum(reportOutcomes).meta({ id: 'ReportOutcome' });
export type ReportOutcome = z.infer<typeof ReportOutcome>;

export const Report = z
  .object({
    id: ReportId,
    reporter: PersonName,
    person: PersonName.meta({ description: 'who was reported' }),
    message: AdminMessage.nullable().meta({ description: 'as it is now; null if a person was reported' }),
    messageText: z
      .string()
      .nullable()
      .meta({ description: 'as it read when it was reported: it may have been changed or deleted since' }),
    reason: ReportReason,
    description: z.string(),
    createdAt: Timestamp,
    outcome: ReportOutcome.nullable().meta({ description: 'null as long as it is open' }),
    note: z.string().nullable(),
    closedBy: PersonName.nullable(),
    closedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Report',
    examples: [
      {
        id: 'rep_5qZr8Vb2NfK0tXy7WcL3mD',
        reporter: carl,
        person: ada,
        message: exampleAdminMessage,
        messageText: exampleMessage.message,
        reason: 'spam',
        description: 'The same offer every day.',
        createdAt: '2026-11-24T09:31:00.000Z',
        outcome: null,
        note: null,
        closedBy: null,
        closedAt: null,
      },
    ],
  });
export type Report = z.infer<typeof Report>;
