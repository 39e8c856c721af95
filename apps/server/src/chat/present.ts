import type { File, Message } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { MessageRow } from '../db/tables/chat.ts';
import { filesOfMany, presentFiles } from '../files/files.ts';
import { type Members, otherMember } from './members.ts';

/** How far the two are, by person. */
export type Watermarks = ReadonlyMap<string, { delivered_seq: number; read_seq: number }>;

/** Whether this person may see words and attachments of a message. */
const isVisibleTo = (viewerId: string, row: Pick<MessageRow, 'is_held' | 'sender_id'>): boolean =>
  !row.is_held || row.sender_id === viewerId;

/** A message that is held back as its receiver sees it: its place, so that there is no gap, and nothing in it. */
export const withheld = (message: Message): Message => ({ ...message, message: '', attachments: [] });

/** Messages of one room as this member sees them; one query for the files, if there are any. */
export async function presentMessages(
  ctx: Ctx,
  viewerId: string,
  members: Members,
  rows: readonly MessageRow[],
  watermarks: Watermarks,
): Promise<Message[]> {
  const withFiles = rows.filter((row) => row.kind === 'file' && row.deleted_at === null).map((row) => row.id);
  const attachments = await attachmentsOf(ctx, viewerId, withFiles);
  return rows.map((row) => presentMessage(row, viewerId, members, watermarks, attachments.get(row.id) ?? []));
}

export function presentMessage(
  row: MessageRow,
  viewerId: string,
  members: Members,
  watermarks: Watermarks,
  attachments: File[],
): Message {
  const message = presentWhole(row, viewerId, members, watermarks, attachments);
  return isVisibleTo(viewerId, row) ? message : withheld(message);
}

function presentWhole(
  row: MessageRow,
  viewerId: string,
  members: Members,
  watermarks: Watermarks,
  attachments: File[],
): Message {
  const receiver = row.sender_id === null ? null : otherMember(members, row.sender_id);
  const reached = watermarks.get(receiver ?? otherMember(members, viewerId));
  return {
    id: row.id,
    roomId: row.room_id,
    seq: row.seq,
    kind: row.kind,
    sender: row.sender_id,
    receiver,
    message: row.body,
    timestamp: row.created_at.toISOString(),
    readStatus:
      (reached?.read_seq ?? 0) >= row.seq
        ? 'read'
        : (reached?.delivered_seq ?? 0) >= row.seq
          ? 'delivered'
          : 'sent',
    attachments,
    event: row.event === null ? null : { type: row.event.type, bookingId: row.event.bookingId },
    isFlagged: row.is_flagged,
    isHeld: row.is_held,
    version: row.version,
    editedAt: row.edited_at?.toISOString() ?? null,
    deletedAt: row.deleted_at?.toISOString() ?? null,
  };
}

/** By message, with links that are signed for this person. */
export async function attachmentsOf(
  ctx: Ctx,
  viewerId: string,
  messageIds: readonly string[],
): Promise<Map<string, File[]>> {
  const byMessage = new Map<string, File[]>();
  if (messageIds.length === 0) return byMessage;
  const rows = await filesOfMany(ctx.db, 'chat', messageIds);
  const files = await presentFiles(ctx, viewerId, rows);
  for (const file of files) {
    const list = byMessage.get(file.objectId!);
    if (list === undefined) byMessage.set(file.objectId!, [file]);
    else list.push(file);
  }
  return byMessage;
}
