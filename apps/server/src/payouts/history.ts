import type { Page, Payout, PayoutStatus } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { presentPayouts } from './present.ts';

export type PayoutQuery = PageRequest & { status?: PayoutStatus | undefined };

/** A contractor's withdrawals, newest first. */
export async function payoutHistory(ctx: Ctx, userId: string, query: PayoutQuery): Promise<Page<Payout>> {
  let select = ctx.db.selectFrom('payouts').selectAll().where('contractor_id', '=', userId);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  const page = await newestFirst(select, 'payouts.requested_at', query);
  return { items: await presentPayouts(ctx, page.items), nextCursor: page.nextCursor };
}
