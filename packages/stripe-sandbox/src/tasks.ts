import { bookLater } from './charges/book.ts';
import { showSettled } from './disputes/money.ts';
import { openTestDispute } from './disputes/open.ts';
import { decideByEvidence, passDue } from './disputes/resolve.ts';
import type { TaskHandler } from './engine/tasks.ts';
import { settle } from './ledger/post.ts';
import { landPayout, sendPayout } from './payouts/progress.ts';
import { reconcile, runSchedules } from './payouts/schedule.ts';
import { failLater } from './refunds/fail.ts';
import { fundRefunds, succeedLater } from './refunds/progress.ts';
import { nameReference } from './refunds/read.ts';

/** What the sandbox does by itself when its time comes. */
export const taskHandlers: Record<string, TaskHandler> = {
  book_charge: bookLater,
  dispute_decision: decideByEvidence,
  dispute_due: passDue,
  fund_refunds: fundRefunds,
  payout_arrival: landPayout,
  payout_in_transit: sendPayout,
  payout_reconciliation: reconcile,
  payout_schedules: runSchedules,
  refund_fails: failLater,
  refund_reference: nameReference,
  refund_succeeds: succeedLater,
  settle: (tx, id) => {
    settle(tx, id);
    showSettled(tx, id);
  },
  test_dispute: openTestDispute,
};
