import type { Page, Payment, PaymentStatus } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { decodeCursor, defaultPageSize, encodeCursor } from '../db/cursor.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentPayments } from './read.ts';

export type HistoryQuery = {
  cursor?: string | undefined;
  limit?: number | undefined;
  status?: PaymentStatus | undefined;
  bookingId?: string | undefined;
};

/** One's payments, newest first; the side follows from the caller's role. */
export async function paymentHistory(ctx: Ctx, actor: Actor, query: HistoryQuery): Promise<Page<Payment>> {
  const limit = query.limit ?? defaultPageSize;
  let select = ctx.db
    .selectFrom('payments')
    .selectAll()
    .where(actor.role === 'contractor' ? 'contractor_id' : 'customer_id', '=', actor.userId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.bookingId !== undefined) select = select.where('booking_id', '=', query.bookingId);
  if (query.cursor !== undefined) {
    const [createdAt, id] = decodeCursor(query.cursor, ['date', 'string']);
    select = select.where((where) =>
      where(where.refTuple('created_at', 'id'), '<', where.tuple(createdAt, id)),
    );
  }
  const rows = await select.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await presentPayments(ctx, shown),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor([last.created_at.toISOString(), last.id])
        : null,
  };
}
