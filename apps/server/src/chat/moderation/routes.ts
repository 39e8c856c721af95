import { adminChat as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { actionsPerAdmin, readsPerAdmin } from '../../admin/admin.ts';
import type { Ctx } from '../../context.ts';
import { route } from '../../http/route.ts';
import type { Chat } from '../chat.ts';
import { closeReport } from './close-report.ts';
import { listMessages } from './list-messages.ts';
import { listReports } from './list-reports.ts';
import { releaseMessage } from './release.ts';
import { removeMessage } from './remove.ts';

export function serveModeration(app: FastifyInstance, ctx: Ctx, chat: Chat): void {
  const reads = { accountLimit: readsPerAdmin };
  const actions = { accountLimit: actionsPerAdmin };
  route(app, ctx, api.listMessages, ({ actor, query }) => listMessages(ctx, actor, query), reads);
  route(
    app,
    ctx,
    api.releaseMessage,
    ({ actor, params, body }) => releaseMessage(ctx, chat, actor, params.id, body.version),
    actions,
  );
  route(
    app,
    ctx,
    api.removeMessage,
    ({ actor, params, body }) => removeMessage(ctx, chat, actor, params.id, body.reason),
    actions,
  );
  route(app, ctx, api.listReports, ({ actor, query }) => listReports(ctx, actor, query), reads);
  route(
    app,
    ctx,
    api.closeReport,
    ({ actor, params, body }) => closeReport(ctx, actor, params.id, body),
    actions,
  );
}
