import { reviews } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { listReviews } from './list.ts';
import { submitReview } from './submit.ts';

export function serveReviews(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, reviews.submit, ({ actor, params, body }) => submitReview(ctx, actor, params.id, body));
  route(app, ctx, reviews.listOfUser, ({ actor, params, query }) =>
    listReviews(ctx, actor, params.id, query),
  );
}
