import type { Page, Payment, PaymentStatus } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentPayments } from './read.ts';

export type HistoryQuery = PageRequest & {
  status?: PaymentStatus | undefined;
  bookingId?: string | undefined;
};

/** One's payments, newest first; the side follows from the caller's role. */
export async function paymentHistory(ctx: Ctx, actor: Actor, query: HistoryQuery): Promise<Page<Payment>> {
  let select = ctx.db
    .selectFrom('payments')
    .selectAll()
    .where(actor.role === 'contractor' ? 'contractor_id' : 'customer_id', '=', actor.userId);
  if (query.status !== undefined) select = select.where('status', '=', query.status);
  if (query.bookingId !== undefined) select = select.where('booking_id', '=', query.bookingId);
  const page = await newestFirst(select, 'payments.created_at', query);
  return { items: await presentPayments(ctx, page.items), nextCursor: page.nextCursor };
}
