import { dayMs } from '../../clock.ts';
import type { PushMessage } from '../../vendors/fcm.ts';
import type { NotificationData, NotificationType } from '../kinds.ts';
import { listPage, pageOf } from '../pages.ts';
import type { Parcel } from './parcel.ts';

/** The channels that an Android app has to make, under these ids: people switch them off one by one. */
export type AndroidChannel = 'messages' | 'bookings' | 'payments' | 'jobs' | 'security';

/** How each of them goes out: whether it wakes a device, and how long it is worth telling one that is away. */
const manners: Readonly<Record<AndroidChannel, { isUrgent: boolean; lifeMs: number }>> = {
  messages: { isUrgent: true, lifeMs: 7 * dayMs },
  bookings: { isUrgent: true, lifeMs: 7 * dayMs },
  payments: { isUrgent: false, lifeMs: 28 * dayMs },
  jobs: { isUrgent: false, lifeMs: dayMs },
  security: { isUrgent: true, lifeMs: dayMs },
};

const channelOfGroup: Readonly<Record<string, AndroidChannel>> = {
  job: 'jobs',
  application: 'jobs',
  booking: 'bookings',
  dispute: 'bookings',
  review: 'bookings',
  message: 'messages',
  payment: 'payments',
  refund: 'payments',
  chargeback: 'payments',
  payout: 'payments',
  account: 'security',
  admin: 'payments',
};

export const channelOf = (type: NotificationType): AndroidChannel =>
  channelOfGroup[type.split('.', 1)[0]!] ?? 'bookings';

/** A parcel as it goes to one device. */
export function pushMessageOf(parcel: Parcel, device: { token: string }, now: Date): PushMessage {
  const channel = channelOf(parcel.type);
  const { roomId, bookingId, jobId, count } = parcel.data;
  const isSummary = parcel.items !== undefined;
  // All messages of a room are one on the screen, the newest. Everything else replaces only itself, sent twice.
  const room =
    parcel.type === 'message.received' && roomId !== undefined && !isSummary ? `room:${roomId}` : undefined;
  return {
    token: device.token,
    title: parcel.title,
    body: parcel.message,
    data: {
      ...idsOf(isSummary ? {} : parcel.data),
      type: parcel.type,
      notificationId: parcel.notificationId,
      route: (isSummary ? listPage : pageOf(parcel.type, parcel.data)).path,
      unread: String(parcel.unread),
    },
    channel,
    tag: room ?? parcel.notificationId,
    thread: room ?? bookingId ?? jobId ?? channel,
    collapseKey: room,
    ...manners[channel],
    badge: parcel.unread,
    count: parcel.items?.length ?? Math.max(1, count ?? 1),
    sentAt: now,
  };
}

/** Ids alone: what a message says may be hidden by preference, and Firebase reads along. */
const idsOf = (data: NotificationData): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).filter(
      (entry): entry is [string, string] => entry[0].endsWith('Id') && typeof entry[1] === 'string',
    ),
  );
