import type { notificationChannels, notificationTypes } from '@holdfast/contract';

export type NotificationType = (typeof notificationTypes)[number];
export type Channel = (typeof notificationChannels)[number];
/** Ids for deep links, and the few facts the texts need; nothing secret, no free text but titles and names. */
export type NotificationData = {
  jobId?: string;
  applicationId?: string;
  bookingId?: string;
  roomId?: string;
  messageId?: string;
  paymentId?: string;
  payoutId?: string;
  disputeId?: string;
  reviewId?: string;
  refundId?: string;
  chargebackId?: string;
  jobTitle?: string;
  personName?: string;
  amountMinor?: number;
  currency?: string;
  count?: number;
  preview?: string;
  rating?: number;
  /** ISO */
  deadline?: string;
  city?: string;
  device?: string;
  side?: 'customer' | 'contractor';
};
