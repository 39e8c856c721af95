import type { NotificationData, NotificationType } from './kinds.ts';
import type { Destination } from './texts/language.ts';

const destinations: Record<NotificationType, Destination> = {
  'job.posted': 'job',
  'application.received': 'job',
  'booking.requested': 'booking',
  'booking.confirmed': 'booking',
  'booking.declined': 'booking',
  'booking.expired': 'booking',
  'booking.cancelled': 'booking',
  'booking.delivered': 'booking',
  'booking.completed': 'booking',
  'message.received': 'room',
  'payment.received': 'payment',
  'payment.released': 'payment',
  'payment.refunded': 'payment',
  'payment.hold_ending': 'booking',
  'refund.failed': 'payment',
  'dispute.opened': 'dispute',
  'dispute.answered': 'dispute',
  'dispute.decided': 'dispute',
  'dispute.withdrawn': 'dispute',
  'chargeback.opened': 'payment',
  'chargeback.decided': 'payment',
  'payout.paid': 'payouts',
  'payout.failed': 'payouts',
  'payout.onboarding': 'payouts',
  'review.submitted': 'reviews',
  'account.signed_in': 'security',
  'account.password_changed': 'security',
  'account.email_changed': 'security',
  'account.second_factor_on': 'security',
  'account.second_factor_off': 'security',
  'admin.chargeback': 'admin',
  'admin.chargeback_returned': 'admin',
  'admin.fraud_warning': 'admin',
  'admin.refund_failed': 'admin',
};

/** A page of the app: what the button of a mail calls it, and its path, which begins with a slash. */
export type Page = { destination: Destination; path: string };

/** The list of notifications: for several at once, and where there is nothing nearer. */
export const listPage: Page = { destination: 'home', path: '/notifications' };

/**
 * The page that a notification is about, by the ids that it carries; where those are not enough, that of its booking. The
 * same in the list, in pushes, at Pusher and in mails.
 */
export function pageOf(type: NotificationType, data: NotificationData): Page {
  for (const destination of [destinations[type], 'booking'] as const) {
    const path = paths[destination](data);
    if (path !== undefined) return { destination, path };
  }
  return listPage;
}

const withId = (folder: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `/${folder}/${encodeURIComponent(id)}`;

const paths: Record<Destination, (data: NotificationData) => string | undefined> = {
  job: (data) => withId('jobs', data.jobId),
  booking: (data) => withId('bookings', data.bookingId),
  room: (data) => withId('rooms', data.roomId),
  payment: (data) => withId('payments', data.paymentId),
  payouts: () => '/payouts',
  dispute: (data) => withId('disputes', data.disputeId),
  reviews: (data) => withId('reviews', data.reviewId),
  security: () => '/settings/security',
  admin: (data) =>
    withId('admin/chargebacks', data.chargebackId) ??
    withId('admin/refunds', data.refundId) ??
    withId('admin/payments', data.paymentId) ??
    '/admin',
  home: () => listPage.path,
};
