import { admin as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import type { ApprovedActions } from './approvals.ts';
import { approve, reject } from './decide.ts';
import { listFailedTasks, retryTask } from './failed-tasks.ts';
import { listJobs } from './jobs.ts';
import { actionsPerAdmin, heavyReadsPerAdmin, readsPerAdmin } from './limits.ts';
import { listActions } from './list-actions.ts';
import { listApprovals } from './list-approvals.ts';
import { listPayments } from './payments.ts';
import { reinstate, suspend } from './suspend.ts';
import { listUsers, readUser } from './users.ts';
import { verifyAdminLog } from './verify-log.ts';

/** What the admins must be told by modules that they may not import. */
export type AdminOptions = { approvedActions: ApprovedActions };

export function serveAdmin(app: FastifyInstance, ctx: Ctx, options: AdminOptions): void {
  serveSearch(app, ctx);
  serveRecords(app, ctx);
  const limit = { accountLimit: actionsPerAdmin };
  route(
    app,
    ctx,
    api.suspendUser,
    ({ actor, params, body }) => suspend(ctx, actor, params.id, body.reason),
    limit,
  );
  route(
    app,
    ctx,
    api.reinstateUser,
    ({ actor, params, body }) => reinstate(ctx, actor, params.id, body.reason),
    limit,
  );
  route(app, ctx, api.retryTask, ({ actor, params }) => retryTask(ctx, actor, params.id), limit);
  route(
    app,
    ctx,
    api.approve,
    ({ actor, params }) => approve(ctx, options.approvedActions, actor, params.id),
    limit,
  );
  route(app, ctx, api.reject, ({ actor, params, body }) => reject(ctx, actor, params.id, body.reason), limit);
}

function serveSearch(app: FastifyInstance, ctx: Ctx): void {
  const limit = { accountLimit: readsPerAdmin };
  route(app, ctx, api.listUsers, ({ query }) => listUsers(ctx, query), limit);
  route(app, ctx, api.getUser, ({ params }) => readUser(ctx, params.id), limit);
  route(app, ctx, api.listJobs, ({ query }) => listJobs(ctx, query), limit);
  route(app, ctx, api.listPayments, ({ query }) => listPayments(ctx, query), limit);
}

function serveRecords(app: FastifyInstance, ctx: Ctx): void {
  const limit = { accountLimit: readsPerAdmin };
  route(app, ctx, api.listFailedTasks, ({ query }) => listFailedTasks(ctx, query), limit);
  route(app, ctx, api.listApprovals, ({ query }) => listApprovals(ctx, query), limit);
  route(app, ctx, api.listActions, ({ query }) => listActions(ctx, query), limit);
  route(app, ctx, api.verifyActions, () => verifyAdminLog(ctx.db), { accountLimit: heavyReadsPerAdmin });
}
