import { sendCode } from '../accounts/send-code.ts';
import { sendNotice } from '../accounts/send-notice.ts';
import { accountSweeps } from '../accounts/sweeps.ts';
import { adminSweeps } from '../admin/admin.ts';
import { claimReconciliation, reconcile } from '../audit/audit.ts';
import { autoCompleteBookings } from '../bookings/auto-complete.ts';
import { expireBookings } from '../bookings/expire.ts';
import { cancelIntent, rereadPending, resumeConfirmation, resumeIntent } from '../checkout/checkout.ts';
import { resumeAccount } from '../connect/connect.ts';
import {
  catchUpFees,
  catchUpMoves,
  catchUpReleases,
  recordFeeOfPayment,
  refund,
  release,
  resumeCustomer,
  resumeRefund,
  resumeRelease,
} from '../payments/payments.ts';
import { rereadPayouts, resumePayout, sendPayout } from '../payouts/payouts.ts';
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
  intent: resumeIntent,
  payout: resumePayout,
  refund: resumeRefund,
  release: resumeRelease,
};

/** Every outbox task and who handles it. With app.ts the only place where modules are wired. */
export const handlers: TaskHandlers = {
  'accounts.send-code': sendCode,
  'accounts.send-notice': sendNotice,
  'audit.reconcile': reconcile,
  'payments.cancel-intent': cancelIntent,
  'payments.record-fee': recordFeeOfPayment,
  'payments.refund': refund,
  'payments.release': release,
  'payouts.send': sendPayout,
  'stripe-calls.resume': resumeCall(resumers),
  'webhooks.apply': applyEvent,
};

/** What is due by the clock, in the order in which it is looked at. */
export const sweeps: Sweep[] = [
  ...accountSweeps,
  ...adminSweeps,
  { name: 'expire bookings', run: expireBookings },
  { name: 'complete bookings after the review period', run: autoCompleteBookings },
  { name: 'ask what became of calls to Stripe', run: askForUnknown },
  { name: 'reconcile with Stripe every hour', run: claimReconciliation },
  { name: 'read pending payments again', run: rereadPending },
  { name: 'book missing fees', run: catchUpFees },
  { name: 'look after refunds and releases', run: catchUpMoves },
  { name: 'look after waiting releases', run: catchUpReleases },
  { name: 'read payouts again', run: rereadPayouts },
  { name: 'count reviews', run: countReviews },
  ...retentionSweeps,
];
