import { notifications as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { readDeliveries } from './deliveries.ts';
import * as limits from './limits.ts';
import { listOfPerson, listOwn } from './list.ts';
import { markAllRead, markRead, readUnread, removeOwn } from './own.ts';
import { readPreferences } from './preferences/read.ts';
import { changePreferences, replacePreferences } from './preferences/set.ts';

export function serveNotifications(app: FastifyInstance, ctx: Ctx): void {
  const reads = { accountLimit: limits.readsPerAccount };
  const changes = { accountLimit: limits.changesPerAccount };
  const settings = { accountLimit: limits.preferencesPerAccount };
  route(app, ctx, api.list, ({ actor, query }) => listOwn(ctx, actor, query), reads);
  route(app, ctx, api.unreadCount, ({ actor }) => readUnread(ctx, actor), reads);
  route(app, ctx, api.read, ({ actor, params }) => markRead(ctx, actor, params.id), changes);
  route(app, ctx, api.readAll, ({ actor }) => markAllRead(ctx, actor), changes);
  route(
    app,
    ctx,
    api.remove,
    async ({ actor, params }) => void (await removeOwn(ctx, actor, params.id)),
    changes,
  );
  route(app, ctx, api.deliveries, ({ actor, params }) => readDeliveries(ctx, actor, params.id), reads);
  route(app, ctx, api.preferences, ({ actor }) => readPreferences(ctx, actor), reads);
  route(
    app,
    ctx,
    api.replacePreferences,
    ({ actor, body }) => replacePreferences(ctx, actor, body),
    settings,
  );
  route(app, ctx, api.changePreferences, ({ actor, body }) => changePreferences(ctx, actor, body), settings);
  route(app, ctx, api.ofPerson, ({ query }) => listOfPerson(ctx, query), reads);
}
