import type { AdminNotification, Notification, NotificationDelivery } from '@holdfast/contract';
import type { DeliveryRow, NotificationRow } from '../db/tables/notifications.ts';
import { pageOf } from './pages.ts';
import type { Reader } from './texts/text-of.ts';
import { withoutPreview } from './texts/without-preview.ts';

export const presentNotification = (row: NotificationRow): Notification => ({
  id: row.id,
  user: row.user_id,
  type: row.type,
  title: row.title,
  message: row.message,
  readStatus: row.read_at === null ? 'unread' : 'read',
  timestamp: row.created_at.toISOString(),
  readAt: row.read_at?.toISOString() ?? null,
  route: pageOf(row.type, row.data).path,
  metadata: row.data as Notification['metadata'],
});

export const presentDelivery = (row: DeliveryRow): NotificationDelivery => ({
  channel: row.channel,
  state: row.state,
  reason: row.reason,
  heldFor: row.held_for,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  sentAt: row.sent_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
});

/** For support: what was told and what became of it, but not what people wrote to each other. */
export const presentForAdmin = (
  row: NotificationRow,
  reader: Reader,
  deliveries: NotificationDelivery[],
): AdminNotification => ({
  ...presentNotification({ ...row, ...withoutPreview(row, reader) }),
  isListed: row.is_listed,
  deletedAt: row.deleted_at?.toISOString() ?? null,
  deliveries,
});
