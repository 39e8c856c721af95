import { webhooks } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { verifyWebhook } from '../vendors/stripe.ts';
import { receiveEvent } from './receive.ts';

// Stripe's events are a few kilobytes; an object with much metadata can reach some dozens.
const maximumBytes = 512 * 1024;

/** The one route that reads raw bytes: the signature covers them exactly as they came. */
export async function serveWebhooks(app: FastifyInstance, ctx: Ctx): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maximumBytes }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(
      webhooks.stripe.path,
      { config: { endpoint: webhooks.stripe }, schema: { response: { 200: webhooks.stripe.response } } },
      async (request) => {
        const signature = request.headers['stripe-signature'];
        if (typeof signature !== 'string' || !Buffer.isBuffer(request.body))
          throw new AppError('invalid_signature', 'This takes deliveries that Stripe has signed.');
        const event = verifyWebhook(
          ctx.stripe,
          request.body,
          signature,
          ctx.config.stripe.webhookSecrets,
          ctx.clock.now(),
        );
        if (event === undefined)
          throw new AppError(
            'invalid_signature',
            'No configured secret signed this delivery, or it is too old.',
          );
        await receiveEvent(ctx, event);
        return { received: true as const };
      },
    );
  });
}
