import { reconciliations as api, type Page, type Reconciliation } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { readsPerAdmin, recordAdminAction } from '../admin/admin.ts';
import { hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { inTransaction } from '../db/transaction.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { route } from '../http/route.ts';
import type { RateLimit } from '../rate-limits.ts';
import { presentDetails, presentReconciliation } from './present.ts';
import { startReconciliation } from './start.ts';

/** Each reads thousands of objects at Stripe, which has limits of its own. */
const startsPerAdmin: RateLimit = { name: 'admin-reconcile', maximum: 6, windowMs: hourMs };

export function serveReconciliations(app: FastifyInstance, ctx: Ctx): void {
  const reads = { accountLimit: readsPerAdmin };
  route(app, ctx, api.list, ({ query }) => list(ctx, query), reads);
  route(app, ctx, api.get, ({ params }) => get(ctx, params.id), reads);
  route(app, ctx, api.start, ({ actor }) => start(ctx, actor), { accountLimit: startsPerAdmin });
}

async function list(ctx: Ctx, query: PageRequest): Promise<Page<Reconciliation>> {
  const select = ctx.db
    .selectFrom('reconciliations')
    .select(['id', 'requested_by', 'requested_at', 'started_at', 'finished_at'])
    .select(['is_complete', 'findings', 'unconfirmed']);
  const page = await newestFirst(select, 'reconciliations.requested_at', query);
  return { ...page, items: page.items.map(presentReconciliation) };
}

async function get(ctx: Ctx, id: string) {
  const row = await ctx.db.selectFrom('reconciliations').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound('reconciliation');
  return presentDetails(row);
}

function start(ctx: Ctx, actor: Actor): Promise<Reconciliation> {
  return inTransaction(ctx.db, async (tx) => {
    const row = await startReconciliation(ctx, tx, actor.userId);
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'reconciliation.start',
      subject: row.id,
    });
    return presentReconciliation(row);
  });
}
