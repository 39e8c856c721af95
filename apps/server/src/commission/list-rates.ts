import type { CommissionRate, commission, InputOf, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import { presentRate } from './set-rate.ts';

/** Every change of the commission, past and planned, newest first by when it was written. */
export async function listRates(
  ctx: Ctx,
  query: InputOf<typeof commission.listRates>['query'],
): Promise<Page<CommissionRate>> {
  let select = ctx.db.selectFrom('commission_rates').selectAll();
  if (query.category !== undefined) select = select.where('category', '=', query.category);
  if (query.contractorId !== undefined) select = select.where('contractor_id', '=', query.contractorId);
  const page = await newestFirst(select, 'commission_rates.created_at', query);
  return { items: page.items.map(presentRate), nextCursor: page.nextCursor };
}
