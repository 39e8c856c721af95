import type { BookingEvent } from '@holdfast/contract';

/**
 * The outbox tasks and what each is told. A payload names rows by id and holds nothing else: the handler
 * reads the truth when it runs, and no secret waits in a queue.
 */
export type TaskPayloads = {
  'accounts.send-code': { codeId: string };
  'accounts.send-notice': {
    userId: string;
    notice: 'email-changed' | 'account-deleted';
    /** The address the account had before: an old one is kept nowhere else. */
    to: string;
    /** The language they had: a deleted account no longer knows it. */
    locale?: string;
  };
  'chat.announce': { bookingId: string; event: BookingEvent; key: string };
  'files.scan': { fileId: string };
  'payments.allocate-withdrawals': { userId: string; currency: string };
  'audit.reconcile': { reconciliationId: string };
  'payments.cancel-intent': { paymentId: string };
  'payments.record-fee': { paymentId: string };
  'payments.refund': { refundId: string };
  'payments.release': { paymentId: string };
  'payments.reverse': { reversalId: string };
  /** `after` is the last contractor who was told. */
  'jobs.tell-contractors': { jobId: string; after: string };
  /** Sends what is due on the channel, a batch at most. */
  'notifications.deliver': { channel: 'push' | 'email' | 'pusher' };
  'notifications.release-held': Record<string, never>;
  'notifications.show': { notificationIds: string[] };
  'chargebacks.follow': { chargebackId: string };
  'chargebacks.restore': { chargebackId: string };
  /** `day` is that of the run in the contractor's time zone. */
  'payouts.run-schedule': { userId: string; day: string };
  'payouts.send': { payoutId: string };
  'stripe-calls.resume': { callId: string };
  'webhooks.apply': { eventId: string };
};

export type TaskName = keyof TaskPayloads;
