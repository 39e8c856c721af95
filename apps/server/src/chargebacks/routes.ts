import { adminMoney as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { actionsPerAdmin, readsPerAdmin } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { acceptChargeback, answerChargeback, listChargebacks } from './answer.ts';
import { settleReturn } from './settle-return.ts';

export function serveChargebacks(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.listChargebacks, ({ query }) => listChargebacks(ctx, query), {
    accountLimit: readsPerAdmin,
  });
  const limit = { accountLimit: actionsPerAdmin };
  route(
    app,
    ctx,
    api.sendEvidence,
    ({ actor, params, body }) => answerChargeback(ctx, actor, params.id, body.statement),
    limit,
  );
  route(
    app,
    ctx,
    api.acceptChargeback,
    ({ actor, params, body }) => acceptChargeback(ctx, actor, params.id, body.reason),
    limit,
  );
  route(
    app,
    ctx,
    api.settleReturn,
    ({ actor, params, body }) => settleReturn(ctx, actor, params.id, body),
    limit,
  );
}
