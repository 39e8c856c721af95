import { adminMoney as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { actionsPerAdmin, heavyReadsPerAdmin, readsPerAdmin } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { forgive, listDebts } from './debts.ts';
import { listRefunds, retry, settleOtherwise } from './failed-refunds.ts';
import { freeze, unfreeze } from './freeze.ts';
import { refundPayment } from './refund-payment.ts';

export function serveRefunds(app: FastifyInstance, ctx: Ctx): void {
  const limit = { accountLimit: actionsPerAdmin };
  route(
    app,
    ctx,
    api.freezePayment,
    ({ actor, params, body }) => freeze(ctx, actor, params.id, body.reason),
    limit,
  );
  route(
    app,
    ctx,
    api.unfreezePayment,
    ({ actor, params, body }) => unfreeze(ctx, actor, params.id, body.reason),
    limit,
  );
  route(
    app,
    ctx,
    api.refundPayment,
    ({ actor, params, body, idempotencyKey }) =>
      refundPayment(ctx, actor, params.id, {
        amountMinor: body.amount,
        reason: body.reason,
        requestKey: idempotencyKey!,
      }),
    limit,
  );
  route(app, ctx, api.listRefunds, ({ query }) => listRefunds(ctx, query), { accountLimit: readsPerAdmin });
  route(app, ctx, api.retryRefund, ({ actor, params }) => retry(ctx, actor, params.id), limit);
  route(
    app,
    ctx,
    api.settleRefund,
    ({ actor, params, body }) => settleOtherwise(ctx, actor, params.id, body.note),
    limit,
  );
  route(app, ctx, api.listDebts, () => listDebts(ctx), { accountLimit: heavyReadsPerAdmin });
  route(
    app,
    ctx,
    api.forgiveDebt,
    ({ actor, params, body, idempotencyKey }) =>
      forgive(ctx, actor, params.id, { ...body, requestKey: idempotencyKey! }),
    limit,
  );
}
