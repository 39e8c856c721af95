import type { Message, ServerFrame } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { filesOfMany, presentFiles } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Bus } from '../ws/bus.ts';
import { isSuspicious } from './contact-details.ts';
import { createMemberCache, type MemberCache, type Members, otherMember } from './members.ts';
import { createMessageLimit, messagesPerMinute } from './message-limit.ts';
import { presentMessage, presentMessages, withheld } from './present.ts';
import { type Advance, createReceipts } from './receipts.ts';
import { sendWithFiles } from './send-files.ts';
import { createWriter, type Draft, type Written } from './writer.ts';

export type SendInput = {
  roomId: string;
  clientMessageId: string;
  message?: string | undefined;
  files?: readonly string[] | undefined;
};

export { announceEvent } from './announce.ts';
export { chatFiles } from './attachments.ts';
export { readPairForAdmin } from './moderation/read-pair.ts';
export { notifyUnread } from './notify-unread.ts';
export { sortWordsIn } from './sort-words-in.ts';

/** What REST and the sockets of one process share. */
export type Chat = {
  readonly members: MemberCache;
  readonly messagesPerMinute: number;
  /** Which of these people are connected, here or to another process. */
  whoIsOnline(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether somebody is connected to this process; set by whoever has the connections. */
  isHere(userId: string): boolean;
  /** Resolves once it is committed, and both members' devices have been told. Errors: not_found, forbidden, conflict, rate_limited. */
  send(actor: Actor, input: SendInput, connectionId?: string): Promise<Message>;
  /** Moves the actor's watermark forward; both members are told if it moved. */
  advance(actor: Actor, roomId: string, seq: number, what: 'delivered' | 'read'): Promise<Advance>;
};

export function createChat(ctx: Ctx): Chat {
  const members = createMemberCache(ctx);
  const writer = createWriter(ctx);
  const requirePlace = createMessageLimit(ctx);
  const receipts = createReceipts(ctx, (moved) => tellMoved(ctx.bus, members.known(moved.roomId), moved));
  return {
    members,
    messagesPerMinute,
    isHere: () => false,
    async whoIsOnline(userIds) {
      const away = userIds.filter((userId) => !this.isHere(userId));
      const elsewhere =
        away.length === 0 ? new Set<string>() : await ctx.bus.whoIsElsewhere(away, ctx.clock.now());
      return new Set(userIds.filter((userId) => elsewhere.has(userId) || !away.includes(userId)));
    },
    send: async (actor, input, connectionId) => {
      const room = await members.load(input.roomId);
      otherMember(room, actor.userId);
      requirePlace(actor.userId);
      const draft = {
        roomId: input.roomId,
        senderId: actor.userId,
        clientMessageId: input.clientMessageId,
        body: input.message ?? '',
        isSuspicious: isSuspicious(ctx.config, input.message ?? ''),
      };
      const names = input.files ?? [];
      if (names.length === 0 && draft.body === '')
        throw new AppError('validation_failed', 'A message needs text or files.');
      const written = names.length === 0 ? await writer.write(draft) : await sendWithFiles(ctx, draft, names);
      const message = await presentWritten(ctx, actor.userId, room!, draft, names, written);
      if (written.isNew) await tell(ctx, room!, message, names, connectionId);
      return message;
    },
    advance: async (actor, roomId, seq, what) => {
      otherMember(await members.load(roomId), actor.userId);
      return receipts.advance({
        roomId,
        userId: actor.userId,
        deliveredSeq: seq,
        readSeq: what === 'read' ? seq : 0,
      });
    },
  };
}

const nobody = new Map<string, { delivered_seq: number; read_seq: number }>();

async function presentWritten(
  ctx: Ctx,
  viewerId: string,
  room: Members,
  draft: Draft,
  names: readonly string[],
  written: Written,
): Promise<Message> {
  const row = {
    id: written.id,
    room_id: draft.roomId,
    seq: written.seq,
    sender_id: draft.senderId,
    client_message_id: draft.clientMessageId,
    kind: names.length === 0 ? ('text' as const) : ('file' as const),
    body: draft.body,
    event: null,
    is_flagged: written.isFlagged,
    is_held: written.isHeld,
    version: 1,
    created_at: written.createdAt,
    edited_at: null,
    deleted_at: null,
  };
  if (names.length === 0) return presentMessage(row, viewerId, room, nobody, []);
  return (await presentMessages(ctx, viewerId, room, [row], nobody))[0]!;
}

/** Text is written once for all; links to files are signed for each of the two, and what is held back is kept from one. */
async function tell(
  ctx: Ctx,
  room: Members,
  message: Message,
  names: readonly string[],
  except: string | undefined,
): Promise<void> {
  const frameOf = (one: Message) => JSON.stringify({ type: 'message', message: one } satisfies ServerFrame);
  const sender = message.sender!;
  const receiver = otherMember(room, sender);
  const place = { roomId: message.roomId, seq: message.seq };
  if (names.length === 0 && !message.isHeld) {
    ctx.bus.publish({ to: [receiver, sender], frame: frameOf(message), except, place });
    return;
  }
  ctx.bus.publish({ to: [sender], frame: frameOf(message), except });
  const received = message.isHeld ? withheld(message) : await withOwnLinks(ctx, receiver, message);
  ctx.bus.publish({ to: [receiver], frame: frameOf(received), place });
}

async function withOwnLinks(ctx: Ctx, viewerId: string, message: Message): Promise<Message> {
  const rows = await filesOfMany(ctx.db, 'chat', [message.id]);
  return { ...message, attachments: await presentFiles(ctx, viewerId, rows) };
}

function tellMoved(bus: Bus, room: Members | undefined, moved: Advance): void {
  if (room === undefined) return;
  const { roomId, userId, deliveredSeq, readSeq } = moved;
  const frame = { type: 'receipt', roomId, userId, deliveredSeq, readSeq } satisfies ServerFrame;
  bus.publish({ to: [room.customerId, room.contractorId], frame: JSON.stringify(frame) });
}
