import { unsubscribe } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { minuteMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import { formPolicy } from '../../http/html.ts';
import { type RouteOptions, route } from '../../http/route.ts';
import type { RateLimit } from '../../rate-limits.ts';
import { readOneClick } from './one-click.ts';
import { unsubscribeNow, unsubscribePage } from './unsubscribe.ts';

// Mail providers send the clicks of all their people from a few addresses.
const clicksPerAddress: RateLimit = { name: 'unsubscribe', maximum: 3000, windowMs: 10 * minuteMs };
const options: RouteOptions = { addressLimit: clicksPerAddress, pagePolicy: formPolicy };

/** The links of mails. Their form is read in a scope of its own: everything else of the API takes JSON only. */
export async function serveUnsubscribe(app: FastifyInstance, ctx: Ctx): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ['application/x-www-form-urlencoded', 'multipart/form-data'],
      { parseAs: 'string', bodyLimit: 4096 },
      (request, body, done) => done(null, readOneClick(request.headers['content-type'] ?? '', String(body))),
    );
    route(scope, ctx, unsubscribe.page, ({ query }) => unsubscribePage(ctx, query.token), options);
    route(scope, ctx, unsubscribe.now, ({ query }) => unsubscribeNow(ctx, query.token), options);
  });
}
