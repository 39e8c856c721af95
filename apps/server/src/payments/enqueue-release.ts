import type { Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';

/** Has the outbox look whether this payment's release can go out now; asked for several times at once it looks once. */
export const enqueueRelease = (tx: Tx, paymentId: string): Promise<void> =>
  enqueue(tx, 'payments.release', { paymentId }, { key: `release:${paymentId}` });
