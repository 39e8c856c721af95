import { sql } from 'kysely';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Parcel, ParcelItem } from './channels/parcel.ts';
import type { NotificationData, NotificationType } from './kinds.ts';
import type { OutsideChannel } from './lanes.ts';
import { readWishes, type Wishes } from './preferences/wishes.ts';
import { summaryOf } from './texts/text-of.ts';
import { withoutPreview } from './texts/without-preview.ts';

/** Longer than any batch takes: what a dead worker had begun is begun anew after that. */
export const leaseMs = 5 * minuteMs;

/** As many as one connection, or one call of the service, carries comfortably. */
export const batchSizes: Record<OutsideChannel, number> = { push: 500, email: 50, pusher: 100 };

/** More than that no badge shows, and counting on would take longer and longer. */
export const mostUnread = 999;

export type Claimed = {
  id: number;
  attempts: number;
  type: NotificationType;
  data: NotificationData;
  dueAt: Date;
  isOver: boolean;
  summary: 'quiet' | 'digest' | null;
  /** Undefined: the person has left. */
  wishes: Wishes | undefined;
  parcel: Parcel;
};

/**
 * Takes what is due on a channel, urgent things first, so that nobody else sends it for the time of the lease. Committed
 * before anything is sent: a worker that dies has sent each at most once without having written it down.
 */
export async function claim(ctx: Ctx, channel: OutsideChannel): Promise<Claimed[]> {
  const now = ctx.clock.now();
  const { rows } = await sql<Row>`
    with due as (
      select id from notification_deliveries
      where state = 'queued' and held_for is null and carried_by is null and channel = ${channel}
        and next_attempt_at <= ${now} and (leased_until is null or leased_until <= ${now})
      order by priority, next_attempt_at limit ${batchSizes[channel]} for update skip locked
    ), claimed as (
      update notification_deliveries delivery
      set attempts = attempts + 1, leased_until = ${addMs(now, leaseMs)}
      from due where delivery.id = due.id
      returning delivery.id, delivery.notification_id, delivery.user_id, delivery.attempts, delivery.priority,
        delivery.due_at, delivery.summary, delivery.reached
    )
    select claimed.*, notification.type, notification.title, notification.message, notification.data,
      notification.created_at, notification.read_at is not null or notification.deleted_at is not null as is_over,
      users.email, users.locale, users.time_zone,
      (select count(*)::int from (select from notifications unread where unread.user_id = claimed.user_id
        and is_listed and read_at is null and deleted_at is null limit ${mostUnread}) counted) as unread
    from claimed join notifications notification on notification.id = claimed.notification_id
    join users on users.id = claimed.user_id
    order by claimed.priority, claimed.id`.execute(ctx.db);
  const wishes = await readWishes(
    ctx.db,
    rows.map((row) => row.user_id),
  );
  const items = await readItems(
    ctx,
    rows.filter((row) => row.summary !== null).map((row) => row.id),
  );
  return rows.map((row) => claimedOf(row, wishes.get(row.user_id), items.get(row.id)));
}

type Row = {
  id: number;
  notification_id: string;
  user_id: string;
  attempts: number;
  due_at: Date;
  summary: 'quiet' | 'digest' | null;
  reached: string[] | null;
  type: NotificationType;
  title: string;
  message: string;
  data: NotificationData;
  created_at: Date;
  is_over: boolean;
  email: string;
  locale: string;
  time_zone: string;
  unread: number;
};

function claimedOf(row: Row, wishes: Wishes | undefined, items: ParcelItem[] | undefined): Claimed {
  const reader = { locale: row.locale, timeZone: row.time_zone };
  return {
    id: row.id,
    attempts: row.attempts,
    type: row.type,
    data: row.data,
    dueAt: row.due_at,
    isOver: row.is_over,
    summary: row.summary,
    wishes,
    parcel: {
      deliveryId: String(row.id),
      notificationId: row.notification_id,
      userId: row.user_id,
      type: row.type,
      ...shownOf(row, wishes, items),
      ...reader,
      email: row.email,
      unread: row.unread,
      reached: row.reached ?? [],
      createdAt: row.created_at,
    },
  };
}

type Shown = Pick<Parcel, 'title' | 'message' | 'data' | 'items'>;

/** What leaves the platform: the notification, or a summary of several. */
function shownOf(row: Row, wishes: Wishes | undefined, items: ParcelItem[] | undefined): Shown {
  const reader = { locale: row.locale, timeZone: row.time_zone };
  const isPrivate = wishes?.hidesMessageText === true;
  if (row.summary === null || items === undefined)
    return isPrivate ? withoutPreview(row, reader) : textAndData(row);
  return {
    ...summaryOf(row.summary, items, reader),
    data: { count: items.length },
    items: isPrivate ? items.map((item) => ({ type: item.type, ...withoutPreview(item, reader) })) : items,
  };
}

const textAndData = ({ title, message, data }: ParcelItem) => ({ title, message, data });

/** What the deliveries that carry others are about, their own included, newest first. */
async function readItems(ctx: Ctx, carrierIds: number[]): Promise<Map<number, ParcelItem[]>> {
  if (carrierIds.length === 0) return new Map();
  const { rows } = await sql<ParcelItem & { carrier: number }>`
    select coalesce(delivery.carried_by, delivery.id) as carrier, type, title, message, data
    from notification_deliveries delivery join notifications on notifications.id = delivery.notification_id
    where delivery.id = any(${carrierIds}) or delivery.carried_by = any(${carrierIds})
    order by notifications.seq desc`.execute(ctx.db);
  return Map.groupBy(rows, ({ carrier }) => carrier) as Map<number, ParcelItem[]>;
}
