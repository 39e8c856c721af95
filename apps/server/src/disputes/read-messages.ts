import type { AdminMessagePage, HistoryQuery } from '@holdfast/contract';
import { readPairForAdmin } from '../chat/chat.ts';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import { findDispute } from './lock.ts';

/** What the two sides of a dispute wrote to each other; that the admin read it is in the audit log. Errors: not_found. */
export async function readDisputeMessages(
  ctx: Ctx,
  adminId: string,
  disputeId: string,
  query: HistoryQuery,
): Promise<AdminMessagePage> {
  const dispute = await findDispute(ctx.db, disputeId);
  if (dispute === undefined) throw notFound('dispute');
  const pair = { customerId: dispute.customer_id, contractorId: dispute.contractor_id };
  return readPairForAdmin(ctx, adminId, pair, disputeId, query);
}
