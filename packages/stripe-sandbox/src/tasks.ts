import { bookLater } from './charges/book.ts';
import type { TaskHandler } from './engine/tasks.ts';
import { settle } from './ledger/post.ts';
import { landPayout, sendPayout } from './payouts/progress.ts';
import { nameReference } from './refunds/read.ts';

/** What the sandbox does by itself when its time comes. */
export const taskHandlers: Record<string, TaskHandler> = {
  book_charge: bookLater,
  refund_reference: nameReference,
  settle,
  payout_in_transit: sendPayout,
  payout_arrival: landPayout,
};
