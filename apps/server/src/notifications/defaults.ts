import { notificationTypes, requiredChannels } from '@holdfast/contract';
import type { Role } from '../db/tables/accounts.ts';
import type { Channel, NotificationType } from './kinds.ts';

type Rule = {
  /** Whom it can concern. */
  for: readonly Role[];
  /** Who is told by push and by e-mail before they have said anything; the list and Pusher always. */
  push: readonly Role[];
  email: readonly Role[];
};

const nobody: readonly Role[] = [];
const customer: readonly Role[] = ['customer'];
const contractor: readonly Role[] = ['contractor'];
const both: readonly Role[] = ['customer', 'contractor'];
const admin: readonly Role[] = ['admin'];
const everybody: readonly Role[] = ['customer', 'contractor', 'admin'];

const rule = (to: readonly Role[], push = to, email = to): Rule => ({ for: to, push, email });

/** Mail is for what somebody must act on or keep; what an app shows anyway is not mailed. */
const rules: Record<NotificationType, Rule> = {
  'job.posted': rule(contractor, contractor, nobody),
  'application.received': rule(customer),
  'booking.requested': rule(contractor),
  'booking.confirmed': rule(customer),
  'booking.declined': rule(customer),
  'booking.expired': rule(both),
  'booking.cancelled': rule(both),
  'booking.delivered': rule(customer),
  'booking.completed': rule(both, both, contractor),
  'message.received': rule(everybody, everybody, nobody),
  'payment.received': rule(both),
  'payment.released': rule(contractor),
  'payment.refunded': rule(customer),
  'payment.hold_ending': rule(both),
  'refund.failed': rule(customer),
  'dispute.opened': rule(both),
  'dispute.answered': rule(both),
  'dispute.decided': rule(both),
  'dispute.withdrawn': rule(both),
  'chargeback.opened': rule(contractor),
  'chargeback.decided': rule(contractor),
  'payout.paid': rule(contractor),
  'payout.failed': rule(contractor),
  'payout.onboarding': rule(contractor),
  'review.submitted': rule(both, both, nobody),
  'account.signed_in': rule(everybody),
  'account.password_changed': rule(everybody),
  'account.email_changed': rule(everybody),
  'account.second_factor_on': rule(everybody),
  'account.second_factor_off': rule(everybody),
  'admin.chargeback': rule(admin),
  'admin.chargeback_returned': rule(admin),
  'admin.fraud_warning': rule(admin),
  'admin.refund_failed': rule(admin),
};

/** The types that can concern somebody of this role, in the order of the contract. */
export const typesFor = (role: Role): NotificationType[] =>
  notificationTypes.filter((type) => rules[type].for.includes(role));

/** Whether a type comes on a channel to somebody who has not said otherwise. */
export function isOnByDefault(role: Role, type: NotificationType, channel: Channel): boolean {
  if (isRequired(type, channel)) return true;
  if (channel === 'push') return rules[type].push.includes(role);
  if (channel === 'email') return rules[type].email.includes(role);
  return true;
}

/** Whether nobody can switch this channel off for the type. */
export const isRequired = (type: NotificationType, channel: Channel): boolean =>
  requiredChannels[type]?.includes(channel) === true;

/** About who may open the account: comes at night, too. */
export const isSecurity = (type: NotificationType): boolean => isRequired(type, 'email');

/** The priority of what goes to a great many at once. */
export const bulkDeliveries = 2;

/** What is sent before what, of all that waits: see notification_deliveries. */
export function priorityOf(type: NotificationType): 0 | 1 | 2 {
  if (type === 'job.posted') return bulkDeliveries;
  return requiredChannels[type] === undefined ? 1 : 0;
}
