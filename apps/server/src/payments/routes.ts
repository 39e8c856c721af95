import { payments } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { paymentHistory } from './history.ts';
import { findPayment, presentPayment } from './read.ts';

export function servePayments(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, payments.history, ({ actor, query }) => paymentHistory(ctx, actor, query));
  route(app, ctx, payments.get, async ({ actor, params }) =>
    presentPayment(ctx, await findPayment(ctx, actor.userId, params.id)),
  );
}
