import type { notificationTypes } from '@holdfast/contract';
import type { TaskPayloads } from '../outbox/payloads.ts';

type Notice = TaskPayloads['accounts.send-notice']['notice'];

/** Which text a notice is; that of a deleted account is no notification, as nobody is left to have a list of them. */
export const typeOfNotice: Record<Exclude<Notice, 'account-deleted'>, (typeof notificationTypes)[number]> = {
  'password-changed': 'account.password_changed',
  'email-changed': 'account.email_changed',
  'second-factor-on': 'account.second_factor_on',
  'second-factor-off': 'account.second_factor_off',
  'hold-ends-soon': 'payment.hold_ending',
  'dispute-opened': 'dispute.opened',
  'dispute-answered': 'dispute.answered',
  'dispute-decided': 'dispute.decided',
  'dispute-withdrawn': 'dispute.withdrawn',
  'chargeback-opened': 'chargeback.opened',
  'chargeback-decided': 'chargeback.decided',
  'refund-failed': 'refund.failed',
  'admins-chargeback': 'admin.chargeback',
  'admins-chargeback-returned': 'admin.chargeback_returned',
  'admins-fraud-warning': 'admin.fraud_warning',
  'admins-refund-failed': 'admin.refund_failed',
};
