import type { BookingEvent, MessageKind, ReportOutcome, ReportReason } from '@holdfast/contract';
import type { Generated, JSONColumnType, Selectable } from 'kysely';
import type { z } from 'zod';

/** `key` keeps it from being said twice. */
export type SystemEvent = { type: BookingEvent; bookingId: string; key: string };

export type ChatTables = {
  rooms: {
    id: string;
    customer_id: string;
    contractor_id: string;
    last_seq: Generated<number>;
    last_message_at: Date;
    created_at: Date;
  };
  messages: {
    room_id: string;
    seq: number;
    id: string;
    sender_id: string | null;
    client_message_id: string | null;
    kind: MessageKind;
    body: string;
    event: JSONColumnType<SystemEvent> | null;
    is_flagged: Generated<boolean>;
    is_held: Generated<boolean>;
    version: Generated<number>;
    created_at: Date;
    edited_at: Generated<Date | null>;
    deleted_at: Generated<Date | null>;
  };
  room_members: {
    room_id: string;
    user_id: string;
    delivered_seq: Generated<number>;
    read_seq: Generated<number>;
    notified_seq: Generated<number>;
  };
  blocks: { blocker_id: string; blocked_id: string; created_at: Date };
  reports: {
    id: string;
    reporter_id: string;
    user_id: string;
    message_id: string | null;
    reason: z.infer<typeof ReportReason>;
    description: string;
    created_at: Date;
    message_text: Generated<string | null>;
    outcome: Generated<ReportOutcome | null>;
    note: Generated<string | null>;
    closed_by: Generated<string | null>;
    closed_at: Generated<Date | null>;
  };
  message_looks: { is_only: Generated<boolean>; looked_until: Date | null };
  last_seen: { user_id: string; at: Date };
};

export type RoomRow = Selectable<ChatTables['rooms']>;
export type MessageRow = Selectable<ChatTables['messages']>;
export type ReportRow = Selectable<ChatTables['reports']>;
