import { payments } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { confirmPayment } from './confirm.ts';
import { createIntent } from './create-intent.ts';

// Enough for anybody who pays, too little for somebody who tries stolen cards.
const cardLimit = { name: 'confirm-payment', maximum: 30, windowMs: 10 * minuteMs };

export function serveCheckout(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, payments.createIntent, ({ actor, body }) => createIntent(ctx, actor, body.bookingId));
  route(app, ctx, payments.confirm, ({ actor, body }) => confirmPayment(ctx, actor, body), {
    accountLimit: cardLimit,
  });
  serveReturnPage(app);
}

/** Where 3-D Secure sends a customer back to when the app gave no address of its own. */
function serveReturnPage(app: FastifyInstance): void {
  const page =
    '<!doctype html><meta charset="utf-8"><title>Payment</title><p>Thank you. You can close this page and go back to the app.</p>';
  app.get('/payment-return', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
