import { disputes as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { actionsPerAdmin, readsPerAdmin } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { addEvidence } from './add-evidence.ts';
import { concedeDispute, withdrawDispute } from './end-by-sides.ts';
import { getDispute, listDisputes, listOwnDisputes } from './list.ts';
import { openDispute } from './open.ts';
import { readDisputeFile } from './read-file.ts';
import { readDisputeMessages } from './read-messages.ts';
import { resolveDispute } from './resolve.ts';

export function serveDisputes(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.open, ({ actor, params, body }) => openDispute(ctx, actor, params.id, body));
  route(app, ctx, api.listOwn, ({ actor, query }) => listOwnDisputes(ctx, actor, query));
  route(app, ctx, api.get, ({ actor, params }) => getDispute(ctx, actor, params.id));
  route(app, ctx, api.addEvidence, ({ actor, params, body }) =>
    addEvidence(ctx, actor, params.id, body.text),
  );
  route(app, ctx, api.withdraw, ({ actor, params }) => withdrawDispute(ctx, actor, params.id));
  route(app, ctx, api.concede, ({ actor, params }) => concedeDispute(ctx, actor, params.id));
  route(app, ctx, api.listAll, ({ query }) => listDisputes(ctx, query), { accountLimit: readsPerAdmin });
  route(app, ctx, api.getFile, ({ actor, params }) => readDisputeFile(ctx, actor.userId, params.id), {
    accountLimit: readsPerAdmin,
  });
  route(
    app,
    ctx,
    api.listMessages,
    ({ actor, params, query }) => readDisputeMessages(ctx, actor.userId, params.id, query),
    { accountLimit: readsPerAdmin },
  );
  route(app, ctx, api.resolve, ({ actor, params, body }) => resolveDispute(ctx, actor, params.id, body), {
    accountLimit: actionsPerAdmin,
  });
}
