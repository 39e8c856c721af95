import type { DeliveryState, NotificationType } from '@holdfast/contract';
import type { Generated, JSONColumnType, Selectable } from 'kysely';

export type NotificationTables = {
  notifications: {
    id: string;
    seq: Generated<number>;
    user_id: string;
    type: NotificationType;
    title: string;
    message: string;
    data: JSONColumnType<Record<string, string | number>>;
    dedupe_key: string;
    is_listed: boolean;
    created_at: Date;
    read_at: Generated<Date | null>;
    deleted_at: Generated<Date | null>;
  };
  notification_deliveries: {
    id: Generated<number>;
    notification_id: string;
    user_id: string;
    channel: 'push' | 'email' | 'pusher';
    state: DeliveryState;
    reason: Generated<string | null>;
    reference: Generated<string | null>;
    priority: number;
    attempts: Generated<number>;
    due_at: Date;
    next_attempt_at: Date | null;
    leased_until: Generated<Date | null>;
    held_for: Generated<'quiet' | 'digest' | null>;
    carried_by: Generated<number | null>;
    summary: Generated<'quiet' | 'digest' | null>;
    sent_at: Generated<Date | null>;
    reached: Generated<string[] | null>;
    created_at: Date;
  };
};

export type NotificationRow = Selectable<NotificationTables['notifications']>;
export type DeliveryRow = Selectable<NotificationTables['notification_deliveries']>;
