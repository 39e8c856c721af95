import type { NotificationData, NotificationType } from '../kinds.ts';

/** One thing of several that were held back and are told together. */
export type ParcelItem = { type: NotificationType; title: string; message: string; data: NotificationData };

export type Parcel = {
  deliveryId: string;
  notificationId: string;
  userId: string;
  type: NotificationType;
  title: string;
  message: string;
  data: NotificationData;
  locale: string;
  timeZone: string;
  email: string;
  unread: number /* unread notifications, the badge */;
  createdAt: Date;
  /** Devices that have taken it in an earlier attempt. */
  reached: readonly string[];
  /** A summary of several: `title` and `message` are those of summaryOf, these are what it is about. */
  items?: readonly ParcelItem[];
};
