import { sendCode } from '../accounts/send-code.ts';
import { sendNotice } from '../accounts/send-notice.ts';
import { accountSweeps } from '../accounts/sweeps.ts';
import { adminSweeps } from '../admin/admin.ts';
import { claimReconciliation, reconcile } from '../audit/audit.ts';
import { autoCompleteBookings } from '../bookings/auto-complete.ts';
import { expireBookings } from '../bookings/expire.ts';
import { endHolds } from '../bookings/hold-limit.ts';
import {
  chargebackSweeps,
  followChargeback,
  restoreChargeback,
  resumeEvidence,
  resumeProof,
  resumeRestoring,
} from '../chargebacks/chargebacks.ts';
import { announceEvent, notifyUnread, sortWordsIn } from '../chat/chat.ts';
import { cancelIntent, rereadPending, resumeConfirmation, resumeIntent } from '../checkout/checkout.ts';
import { resumeAccount } from '../connect/connect.ts';
import { disputeSweeps } from '../disputes/disputes.ts';
import { fileSweeps, scanFile } from '../files/files.ts';
import { tellContractors } from '../jobs/jobs.ts';
import { sendMail } from '../notifications/channels/mail.ts';
import { sendPush } from '../notifications/channels/push.ts';
import { sendPusher } from '../notifications/channels/pusher.ts';
import { mailSweeps } from '../notifications/mails/sweeps.ts';
import {
  deliverNotifications,
  notificationSweeps,
  releaseHeld,
  type Senders,
  showNotifications,
} from '../notifications/notifications.ts';
import {
  catchUpFees,
  catchUpMoves,
  catchUpRefunds,
  catchUpReleases,
  catchUpReversals,
  reallocateWithdrawals,
  recordFeeOfPayment,
  recoverDebts,
  release,
  resumeCustomer,
  resumeRefund,
  resumeRelease,
  resumeReversal,
  sendRefund,
  sendReversal,
  watchRefunds,
} from '../payments/payments.ts';
import {
  rereadPayouts,
  resumePayout,
  runSchedule,
  sendPayout,
  startScheduledRuns,
} from '../payouts/payouts.ts';
import { countReviews } from '../reviews/count.ts';
import { askForUnknown, type Resumers, resumeCall } from '../stripe-calls/stripe-calls.ts';
import { applyEvent } from '../webhooks/webhooks.ts';
import { retentionSweeps } from './retention.ts';
import type { Sweep, TaskHandlers } from './worker.ts';

/** Who goes on with a call to Stripe whose outcome nobody knows, by the first word of the call's id. */
export const resumers: Resumers = {
  account: resumeAccount,
  confirm: resumeConfirmation,
  customer: resumeCustomer,
  evidence: resumeEvidence,
  'evidence-file': resumeProof,
  intent: resumeIntent,
  payout: resumePayout,
  refund: resumeRefund,
  release: resumeRelease,
  restore: resumeRestoring,
  reversal: resumeReversal,
};

/** Who sends notifications on which channel. */
export const senders: Senders = { push: sendPush, email: sendMail, pusher: sendPusher };

/** Every outbox task and who handles it. With app.ts the only place where modules are wired. */
export const handlers: TaskHandlers = {
  'accounts.send-code': sendCode,
  'accounts.send-notice': sendNotice,
  'chargebacks.follow': followChargeback,
  'chargebacks.restore': restoreChargeback,
  'chat.announce': announceEvent,
  'files.scan': scanFile,
  'jobs.tell-contractors': tellContractors,
  'notifications.deliver': deliverNotifications(senders),
  'notifications.release-held': releaseHeld,
  'notifications.show': showNotifications,
  'payments.allocate-withdrawals': reallocateWithdrawals,
  'audit.reconcile': reconcile,
  'payments.cancel-intent': cancelIntent,
  'payments.record-fee': recordFeeOfPayment,
  'payments.refund': sendRefund,
  'payments.release': release,
  'payments.reverse': sendReversal,
  'payouts.run-schedule': runSchedule,
  'payouts.send': sendPayout,
  'stripe-calls.resume': resumeCall(resumers),
  'webhooks.apply': applyEvent,
};

/** What is due by the clock, in the order in which it is looked at. */
export const sweeps: Sweep[] = [
  ...accountSweeps,
  ...adminSweeps,
  { name: 'expire bookings', run: expireBookings },
  ...disputeSweeps,
  { name: 'complete bookings after the review period', run: autoCompleteBookings },
  { name: 'ask what became of calls to Stripe', run: askForUnknown },
  { name: 'reconcile with Stripe every hour', run: claimReconciliation },
  { name: 'read pending payments again', run: rereadPending },
  { name: 'book missing fees', run: catchUpFees },
  { name: 'look after releases', run: catchUpMoves },
  { name: 'look after refunds', run: catchUpRefunds },
  { name: 'look after money to be taken back', run: catchUpReversals },
  { name: 'watch finished refunds', run: watchRefunds },
  { name: 'take debts from balances', run: recoverDebts },
  { name: 'end holds', run: endHolds },
  ...chargebackSweeps,
  { name: 'look after waiting releases', run: catchUpReleases },
  { name: 'read payouts again', run: rereadPayouts },
  { name: 'start scheduled withdrawals', run: startScheduledRuns },
  { name: 'count reviews', run: countReviews },
  { name: 'tell of unread messages', run: notifyUnread, isQuick: true },
  ...notificationSweeps,
  { name: 'sort words of messages in', run: sortWordsIn, isQuick: true },
  ...fileSweeps,
  ...mailSweeps,
  ...retentionSweeps,
];
