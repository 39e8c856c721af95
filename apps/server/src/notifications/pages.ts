import type { NotificationData, NotificationType } from '../kinds.ts';
import type { Destination } from '../texts/language.ts';

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

/** The page of the app that a notification is about: below APP_URL, by the ids that it carries. */
export function linkTo(
  appUrl: string,
  type: NotificationType,
  data: NotificationData,
): { destination: Destination; url: string } {
  const wanted = destinations[type];
  const path = paths[wanted](data);
  // Without the id that the page needs there is still the list of notifications.
  return path === undefined
    ? { destination: 'home', url: homeOf(appUrl) }
    : { destination: wanted, url: `${appUrl}${path}` };
}

/** The list of notifications in the app. */
export const homeOf = (appUrl: string): string => `${appUrl}/notifications`;

const withId = (folder: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `/${folder}/${encodeURIComponent(id)}`;

const paths: Record<Destination, (data: NotificationData) => string | undefined> = {
  job: (data) => withId('jobs', data.jobId),
  booking: (data) => withId('bookings', data.bookingId),
  room: (data) => withId('rooms', data.roomId),
  payment: (data) => withId('payments', data.paymentId) ?? withId('bookings', data.bookingId),
  payouts: () => '/payouts',
  dispute: (data) => withId('disputes', data.disputeId) ?? withId('bookings', data.bookingId),
  reviews: (data) => withId('reviews', data.reviewId) ?? withId('bookings', data.bookingId),
  security: () => '/settings/security',
  admin: (data) =>
    withId('admin/chargebacks', data.chargebackId) ??
    withId('admin/refunds', data.refundId) ??
    withId('admin/payments', data.paymentId) ??
    '/admin',
  home: () => '/notifications',
};
