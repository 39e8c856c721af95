import type { Page, Payout, PayoutStatus } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, encodeCursor } from '../db/cursor.ts';
import { presentPayouts } from './present.ts';

export type PayoutQuery = {
  cursor?: string | undefined;
  limit?: number | undefined;
  status?: PayoutStatus | undefined;
};

/** A contractor's withdrawals, newest first. */
export async function payoutHistory(ctx: Ctx, userId: string, query: PayoutQuery): Promise<Page<Payout>> {
  const limit = query.limit ?? defaultPageSize;
  let select = ctx.db
    .selectFrom('payouts')
    .selectAll()
    .where('contractor_id', '=', userId)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.cursor !== undefined) {
    const [requestedAt, id] = decodeCursor(query.cursor, ['date', 'string']);
    select = select.where((where) =>
      where(where.refTuple('requested_at', 'id'), '<', where.tuple(requestedAt, id)),
    );
  }
  const rows = await select.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await presentPayouts(ctx, shown),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor([last.requested_at.toISOString(), last.id])
        : null,
  };
}
