import type { AdminMessage, PersonName } from '@holdfast/contract';
import { publicPerson } from '../../accounts/accounts.ts';
import type { Ctx } from '../../context.ts';
import type { MessageRow } from '../../db/tables/chat.ts';
import { otherMember } from '../members.ts';
import { attachmentsOf } from '../present.ts';

/** Messages of any rooms with both people and all words, for this admin; a few queries for all of them. */
export async function presentForAdmin(
  ctx: Ctx,
  adminId: string,
  rows: readonly MessageRow[],
): Promise<AdminMessage[]> {
  const rooms = await roomsOf(ctx, rows);
  const named = await namesOf(
    ctx,
    [...rooms.values()].flatMap(({ customerId, contractorId }) => [customerId, contractorId]),
  );
  const withFiles = rows.filter((row) => row.kind === 'file' && row.deleted_at === null);
  const attachments = await attachmentsOf(
    ctx,
    adminId,
    withFiles.map((row) => row.id),
  );
  return rows.map((row) => ({
    id: row.id,
    roomId: row.room_id,
    seq: row.seq,
    kind: row.kind,
    sender: row.sender_id === null ? null : named(row.sender_id),
    receiver: row.sender_id === null ? null : named(otherMember(rooms.get(row.room_id), row.sender_id)),
    message: row.body,
    timestamp: row.created_at.toISOString(),
    attachments: attachments.get(row.id) ?? [],
    event: row.event === null ? null : { type: row.event.type, bookingId: row.event.bookingId },
    isFlagged: row.is_flagged,
    isHeld: row.is_held,
    version: row.version,
    editedAt: row.edited_at?.toISOString() ?? null,
    deletedAt: row.deleted_at?.toISOString() ?? null,
  }));
}

/** Looks the names of these people up; of anybody else it is empty. */
export async function namesOf(ctx: Ctx, userIds: readonly string[]): Promise<(id: string) => PersonName> {
  const people = await publicPerson(ctx.db, userIds);
  return (id) => ({ id, name: people.get(id)?.name ?? '' });
}

async function roomsOf(ctx: Ctx, rows: readonly MessageRow[]) {
  if (rows.length === 0) return new Map<string, { customerId: string; contractorId: string }>();
  const rooms = await ctx.db
    .selectFrom('rooms')
    .select(['id', 'customer_id as customerId', 'contractor_id as contractorId'])
    .where('id', 'in', [...new Set(rows.map((row) => row.room_id))])
    .execute();
  return new Map(rooms.map((room) => [room.id, room]));
}
