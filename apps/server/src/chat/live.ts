import {
  type Message,
  maximumMessageLength,
  mostFilesPerMessage,
  type ServerFrame,
  socketSubprotocol,
} from '@holdfast/contract';
import { sql } from 'kysely';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Connection } from '../ws/connection.ts';
import { createHub, type Hub } from '../ws/hub.ts';
import type { FrameOf, ServiceFrame, SocketService } from '../ws/service.ts';
import { areBlocked } from './blocks.ts';
import { catchUp } from './catch-up.ts';
import type { Chat } from './chat.ts';
import { readHistory } from './history.ts';
import { otherMember } from './members.ts';
import { createPresence } from './presence.ts';
import { retellRooms } from './retell.ts';
import { readRooms } from './rooms.ts';
import { createTyping } from './typing.ts';

export const maximumFrameBytes = 64 * 1024;
const roomsAtOnce = 50;
const catchUpEveryMs = 3 * secondMs;

/** The chat behind the sockets of this process. */
export function createLiveChat(ctx: Ctx, chat: Chat): SocketService & { close(): void; hub: Hub } {
  const hub = createHub(ctx.bus);
  chat.isHere = hub.isHere;
  const presence = createPresence(ctx, hub);
  const typing = createTyping(ctx.bus);
  const catcher = ctx.config.redisUrl === undefined ? undefined : watchOthers(ctx, hub);
  const stopReturns = ctx.bus.onReturn(() => void retellRooms(ctx, chat, hub, roomsAtOnce));
  return {
    hub,
    close: () => {
      clearInterval(catcher);
      stopReturns();
      typing.close();
      presence.close();
      hub.close();
    },
    ready: async (actor, id) => ready(ctx, chat, actor, id),
    joined: (connection: Connection) => {
      const { userId } = connection.actor!;
      if (hub.add(userId, connection)) presence.came(userId);
    },
    left: (connection: Connection) => {
      const { userId } = connection.actor!;
      if (hub.remove(userId, connection)) presence.went(userId);
    },
    prepare: ({ roomId }) =>
      chat.members.known(roomId) === undefined ? chat.members.load(roomId).then(() => undefined) : undefined,
    answer: (actor, frame, connectionId) => answer(ctx, chat, typing, actor, frame, connectionId),
  };
}

/** What other processes wrote is told here even if nothing comes over the bus, within five seconds. */
function watchOthers(ctx: Ctx, hub: Hub): NodeJS.Timeout {
  let isRunning = false;
  return setInterval(async () => {
    if (isRunning) return;
    isRunning = true;
    await catchUp(ctx, hub).catch((error) => ctx.log.warn({ err: error }, 'the chat could not catch up'));
    isRunning = false;
  }, catchUpEveryMs);
}

async function ready(ctx: Ctx, chat: Chat, actor: Actor, id: string): Promise<ServerFrame> {
  const rooms = await readRooms(ctx, chat.whoIsOnline.bind(chat), actor.userId, sql`true`, roomsAtOnce);
  return {
    type: 'ready',
    id,
    user: { id: actor.userId, role: actor.role },
    serverTime: ctx.clock.now().toISOString(),
    protocol: socketSubprotocol,
    limits: {
      frameBytes: maximumFrameBytes,
      messageLength: maximumMessageLength,
      filesPerMessage: mostFilesPerMessage,
      messagesPerMinute: chat.messagesPerMinute,
    },
    rooms: rooms.map(({ lastMessageAt: _sorting, ...room }) => room),
  };
}

async function answer(
  ctx: Ctx,
  chat: Chat,
  typing: ReturnType<typeof createTyping>,
  actor: Actor,
  frame: ServiceFrame,
  connectionId: string,
): Promise<ServerFrame> {
  switch (frame.type) {
    case 'send':
      typing.stop(frame.roomId, actor.userId);
      return send(chat, actor, frame, connectionId);
    case 'sync': {
      const members = await chat.members.load(frame.roomId);
      const page = await readHistory(ctx, actor.userId, { id: frame.roomId, members }, frame);
      return { type: 'page', id: frame.id, ...page };
    }
    case 'delivered':
    case 'read':
      await chat.advance(actor, frame.roomId, frame.seq, frame.type);
      return { type: 'done', id: frame.id };
    case 'typing': {
      const other = otherMember(await chat.members.load(frame.roomId), actor.userId);
      const { roomId, isTyping } = frame;
      if (isTyping) {
        const mayTell = areBlocked(ctx.db, actor.userId, other).then((areThey) => !areThey);
        await typing.begin({ roomId, userId: actor.userId, to: other }, mayTell);
      } else typing.stop(roomId, actor.userId);
      return { type: 'done', id: frame.id };
    }
  }
}

async function send(
  chat: Chat,
  actor: Actor,
  frame: FrameOf<'send'>,
  connectionId: string,
): Promise<ServerFrame> {
  const { id, roomId, clientMessageId } = frame;
  try {
    const message: Message = await chat.send(actor, frame, connectionId);
    return {
      type: 'accepted',
      id,
      roomId,
      clientMessageId,
      messageId: message.id,
      seq: message.seq,
      timestamp: message.timestamp,
      isFlagged: message.isFlagged,
      isHeld: message.isHeld,
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    return { type: 'rejected', id, roomId, clientMessageId, code: error.code, detail: error.message };
  }
}
