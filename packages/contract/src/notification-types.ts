/** Always in the list of whom they concern. */
export const moneyTypes = [
  'payment.received',
  'payment.released',
  'payment.refunded',
  'payment.hold_ending',
  'refund.failed',
  'dispute.opened',
  'dispute.answered',
  'dispute.decided',
  'dispute.withdrawn',
  'chargeback.opened',
  'chargeback.decided',
  'payout.paid',
  'payout.failed',
  'payout.onboarding',
] as const;

/** Always in the list and by e-mail: whoever has somebody's phone must not be able to silence them. */
export const securityTypes = [
  'account.signed_in',
  'account.password_changed',
  'account.email_changed',
  'account.second_factor_on',
  'account.second_factor_off',
] as const;

/** Always in the list of everybody who runs the platform. */
export const adminTypes = [
  'admin.chargeback',
  'admin.chargeback_returned',
  'admin.fraud_warning',
  'admin.refund_failed',
] as const;

export const notificationTypes = [
  'job.posted',
  'application.received',
  'booking.requested',
  'booking.confirmed',
  'booking.declined',
  'booking.expired',
  'booking.cancelled',
  'booking.delivered',
  'booking.completed',
  'message.received',
  ...moneyTypes,
  'review.submitted',
  ...securityTypes,
  ...adminTypes,
] as const;
export const notificationChannels = ['in_app', 'push', 'email', 'pusher'] as const;
