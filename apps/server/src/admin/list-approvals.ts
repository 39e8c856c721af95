import type { Approval, admin, InputOf, Page } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import type { Sweep } from '../outbox/worker.ts';
import { presentApprovals } from './approvals.ts';

/** What waits or waited for a second admin, newest first. */
export async function listApprovals(
  ctx: Ctx,
  query: InputOf<typeof admin.listApprovals>['query'],
): Promise<Page<Approval>> {
  let select = ctx.db.selectFrom('approvals').selectAll();
  if (query.status === 'pending') select = select.where('decision', 'is', null);
  else if (query.status !== undefined) select = select.where('decision', '=', query.status);
  const page = await newestFirst(select, 'approvals.requested_at', query);
  return { items: await presentApprovals(ctx.db, page.items), nextCursor: page.nextCursor };
}

const batch = 200;

/** What nobody decided in time cannot be approved any more; this says so. */
async function expireApprovals(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  for (let expired = batch; expired === batch; ) {
    const { numAffectedRows } = await sql`
      update approvals set decision = 'expired', decided_at = ${now} where id in (
        select id from approvals where decision is null and expires_at <= ${now}
        order by expires_at limit ${batch} for update skip locked)`.execute(ctx.db);
    expired = Number(numAffectedRows ?? 0n);
  }
}

export const adminSweeps: Sweep[] = [{ name: 'expire approvals', run: expireApprovals }];
