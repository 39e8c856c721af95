import type { NotificationData, NotificationType } from '../kinds.ts';

/** The page of an app that a notification leads to: the same paths as the API's, without /api. */
export function routeOf(type: NotificationType, data: NotificationData): string {
  const [group] = type.split('.', 1);
  return wanted[group!]?.(data) ?? '/notifications';
}

const at = (path: string, id: string | undefined) => (id === undefined ? undefined : `/${path}/${id}`);

/** By the first word of the type; the nearest thing that there is a page for. */
const wanted: Readonly<Record<string, (data: NotificationData) => string | undefined>> = {
  job: ({ jobId }) => at('jobs', jobId),
  application: ({ jobId }) => at('jobs', jobId),
  booking: ({ bookingId }) => at('bookings', bookingId),
  message: ({ roomId }) => at('rooms', roomId),
  payment: ({ paymentId, bookingId }) => at('payments', paymentId) ?? at('bookings', bookingId),
  refund: ({ paymentId }) => at('payments', paymentId),
  dispute: ({ disputeId, bookingId }) => at('disputes', disputeId) ?? at('bookings', bookingId),
  chargeback: ({ paymentId, bookingId }) => at('payments', paymentId) ?? at('bookings', bookingId),
  payout: () => '/payouts',
  review: ({ bookingId, jobId }) => at('bookings', bookingId) ?? at('jobs', jobId),
  account: () => '/account/security',
  admin: ({ chargebackId, refundId, paymentId }) =>
    at('admin/chargebacks', chargebackId) ?? at('admin/refunds', refundId) ?? at('admin/payments', paymentId),
};
