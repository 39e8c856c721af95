import { applications } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { hourMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import { route } from '../../http/route.ts';
import { apply } from './apply.ts';
import { changeApplication, withdrawApplication } from './change.ts';
import { declineApplication } from './decline.ts';
import { listApplicationsOfJob, listOwnApplications } from './list.ts';

const applyLimit = { name: 'applications.apply', maximum: 1000, windowMs: 24 * hourMs };

export function serveApplications(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, applications.apply, ({ actor, params, body }) => apply(ctx, actor, params.id, body), {
    accountLimit: applyLimit,
  });
  route(app, ctx, applications.listOfJob, ({ actor, params, query }) =>
    listApplicationsOfJob(ctx, actor, params.id, query),
  );
  route(app, ctx, applications.listOwn, ({ actor, query }) => listOwnApplications(ctx, actor, query));
  route(app, ctx, applications.change, ({ actor, params, body }) =>
    changeApplication(ctx, actor, params.id, body),
  );
  route(app, ctx, applications.withdraw, ({ actor, params }) => withdrawApplication(ctx, actor, params.id));
  route(app, ctx, applications.decline, ({ actor, params }) => declineApplication(ctx, actor, params.id));
}
