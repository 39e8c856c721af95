import { chat as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { block, unblock } from './blocks.ts';
import { deleteMessage, editMessage } from './change.ts';
import type { Chat } from './chat.ts';
import { readHistory } from './history.ts';
import * as limits from './limits.ts';
import { listRooms } from './list-rooms.ts';
import { openRoom, readRoom } from './open-room.ts';
import { report } from './report.ts';
import { searchMessages } from './search.ts';

export function serveChat(app: FastifyInstance, ctx: Ctx, chat: Chat): void {
  const reads = { accountLimit: limits.readsPerAccount };
  const changes = { accountLimit: limits.changesPerAccount };
  route(app, ctx, api.openRoom, ({ actor, body }) => openRoom(ctx, chat, actor, body), {
    accountLimit: limits.opensPerAccount,
  });
  route(app, ctx, api.rooms, ({ actor, query }) => listRooms(ctx, chat, actor, query), reads);
  route(app, ctx, api.room, ({ actor, params }) => readRoom(ctx, chat, actor.userId, params.id), reads);
  route(
    app,
    ctx,
    api.history,
    async ({ actor, params, query }) =>
      readHistory(ctx, actor.userId, { id: params.id, members: await chat.members.load(params.id) }, query),
    reads,
  );
  route(app, ctx, api.send, ({ actor, params, body }) => chat.send(actor, { roomId: params.id, ...body }));
  route(
    app,
    ctx,
    api.edit,
    ({ actor, params, body }) => editMessage(ctx, chat, actor, params.id, body.message),
    changes,
  );
  route(app, ctx, api.remove, ({ actor, params }) => deleteMessage(ctx, chat, actor, params.id), changes);
  route(
    app,
    ctx,
    api.markRead,
    async ({ actor, params, body }) => {
      const { readSeq } = await chat.advance(actor, params.id, body.seq, 'read');
      return { readSeq, unread: (await readRoom(ctx, chat, actor.userId, params.id)).unread };
    },
    changes,
  );
  route(app, ctx, api.search, ({ actor, query }) => searchMessages(ctx, chat, actor, query), {
    accountLimit: limits.searchesPerAccount,
  });
  route(app, ctx, api.block, async ({ actor, params }) => void (await block(ctx, actor, params.id)), changes);
  route(
    app,
    ctx,
    api.unblock,
    async ({ actor, params }) => void (await unblock(ctx, actor, params.id)),
    changes,
  );
  route(app, ctx, api.report, async ({ actor, body }) => void (await report(ctx, actor, body)), {
    accountLimit: limits.reportsPerAccount,
  });
}
