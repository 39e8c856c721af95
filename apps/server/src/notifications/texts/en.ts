import { accountTexts } from './en-account.ts';
import { mails } from './en-mails.ts';
import { moneyTexts } from './en-money.ts';
import { workTexts } from './en-work.ts';
import type { Language } from './language.ts';

export const en: Language = {
  tag: 'en',
  texts: { ...workTexts, ...moneyTexts, ...accountTexts },
  labels: {
    'job.posted': 'new jobs near you',
    'application.received': 'applications for your jobs',
    'booking.requested': 'booking requests',
    'booking.confirmed': 'confirmed bookings',
    'booking.declined': 'declined bookings',
    'booking.expired': 'expired bookings',
    'booking.cancelled': 'cancelled bookings',
    'booking.delivered': 'delivered work',
    'booking.completed': 'completed jobs',
    'message.received': 'new messages',
    'payment.received': 'payments received',
    'payment.released': 'payments released',
    'payment.refunded': 'refunds',
    'payment.hold_ending': 'held money that needs a decision',
    'refund.failed': 'refunds that did not arrive',
    'dispute.opened': 'new disputes',
    'dispute.answered': 'answers in disputes',
    'dispute.decided': 'decisions of disputes',
    'dispute.withdrawn': 'withdrawn disputes',
    'chargeback.opened': 'payments that a bank has questioned',
    'chargeback.decided': 'decisions of banks about payments',
    'payout.paid': 'withdrawals that arrived',
    'payout.failed': 'withdrawals that failed',
    'payout.onboarding': 'what your payout account needs',
    'review.submitted': 'new reviews',
    'account.signed_in': 'new sign-ins',
    'account.password_changed': 'changes of your password',
    'account.email_changed': 'changes of your e-mail address',
    'account.second_factor_on': 'your second factor',
    'account.second_factor_off': 'your second factor',
    'admin.chargeback': 'new chargebacks',
    'admin.chargeback_returned': 'chargebacks that came back',
    'admin.fraud_warning': 'fraud warnings',
    'admin.refund_failed': 'failed refunds of customers',
  },
  summary: {
    title: (kind, count) =>
      kind === 'digest'
        ? `${count} new ${count === 1 ? 'job' : 'jobs'} near you`
        : `${count} new ${count === 1 ? 'notification' : 'notifications'}`,
    more: (count) => `and ${count} more`,
  },
  mails,
};
