import type { Tx } from '../db/connect.ts';

/**
 * Takes this customer's jobs off the market, or puts them back: hidden ones are not found and cannot be applied for.
 * All of them, as a booked one may become open again meanwhile. The caller holds the account's lock, which whoever
 * posts a job waits for.
 */
export async function hideJobs(tx: Tx, customerId: string, isHidden: boolean): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ is_hidden: isHidden })
    .where('customer_id', '=', customerId)
    .where('is_hidden', '=', !isHidden)
    .execute();
}
