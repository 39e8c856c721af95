import { payouts } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { onboard, presentAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { contractorBalance } from './balance.ts';
import { payoutHistory } from './history.ts';
import { readSchedule } from './schedule/read.ts';
import { setSchedule } from './schedule/set.ts';
import { withdraw } from './withdraw.ts';

export function servePayouts(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, payouts.connect, async ({ actor, body }) => {
    const returnUrl = body.returnUrl ?? `${ctx.config.publicUrl}/onboarding-return`;
    const link = await onboard(ctx, actor.userId, {
      country: body.country,
      returnUrl,
      refreshUrl: body.refreshUrl ?? returnUrl,
    });
    return {
      account: presentAccount(link.account),
      url: link.url,
      expiresAt: link.expiresAt?.toISOString() ?? null,
    };
  });
  route(app, ctx, payouts.balance, ({ actor }) => contractorBalance(ctx, actor.userId));
  route(app, ctx, payouts.withdraw, ({ actor, body, idempotencyKey }) =>
    withdraw(ctx, actor.userId, {
      currency: body.currency,
      amountMinor: body.amount,
      requestKey: idempotencyKey!,
    }),
  );
  route(app, ctx, payouts.history, ({ actor, query }) => payoutHistory(ctx, actor.userId, query));
  route(app, ctx, payouts.schedule, ({ actor }) => readSchedule(ctx, actor.userId));
  route(app, ctx, payouts.setSchedule, ({ actor, body }) => setSchedule(ctx, actor.userId, body));
  serveReturnPage(app);
}

/** Where onboarding ends when the app gave no address of its own. Arriving here proves nothing: read the balance. */
function serveReturnPage(app: FastifyInstance): void {
  const page =
    '<!doctype html><meta charset="utf-8"><title>Onboarding</title><p>You can close this page and go back to the app. If the link had expired, ask for a new one there.</p>';
  app.get('/onboarding-return', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  );
}
