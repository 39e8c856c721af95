import { pusher as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { minuteMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import { route } from '../../http/route.ts';
import type { RateLimit } from '../../rate-limits.ts';
import { authorizePusher } from './authorize.ts';

const signaturesPerAccount: RateLimit = { name: 'pusher-auth', maximum: 300, windowMs: 10 * minuteMs };

const form = 'application/x-www-form-urlencoded';
const maximumFormBytes = 2_000;

/** Beside JSON it reads forms: that is what Pusher's own clients send, and they cannot be told otherwise. */
export async function servePusher(app: FastifyInstance, ctx: Ctx): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      form,
      { parseAs: 'string', bodyLimit: maximumFormBytes },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
    );
    route(scope, ctx, api.authorize, ({ actor, body }) => authorizePusher(ctx, actor, body), {
      accountLimit: signaturesPerAccount,
    });
  });
}
