import { commission as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { actionsPerAdmin, heavyReadsPerAdmin, readsPerAdmin } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { listRates } from './list-rates.ts';
import { commissionReport } from './report.ts';
import { reportTable } from './report-table.ts';
import { setRate } from './set-rate.ts';

export function serveCommission(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.listRates, ({ query }) => listRates(ctx, query), { accountLimit: readsPerAdmin });
  route(app, ctx, api.setRate, ({ actor, body }) => setRate(ctx, actor, body), {
    accountLimit: actionsPerAdmin,
  });
  const limit = { accountLimit: heavyReadsPerAdmin };
  route(app, ctx, api.report, ({ query }) => commissionReport(ctx, query), limit);
  route(app, ctx, api.reportCsv, async ({ query }) => reportTable(await commissionReport(ctx, query)), limit);
}
