import type { AdminMessagePage, HistoryQuery } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { readStretch } from '../history.ts';
import type { Members } from '../members.ts';
import { presentForAdmin } from './present.ts';
import { recordReading } from './record-reading.ts';

/**
 * A stretch of what two people wrote to each other, for an admin, with the words of messages that are held back. That it
 * was read, and for what, is in the audit log.
 */
export async function readPairForAdmin(
  ctx: Ctx,
  adminId: string,
  { customerId, contractorId }: Members,
  subject: string,
  query: HistoryQuery,
): Promise<AdminMessagePage> {
  const room = await ctx.db
    .selectFrom('rooms')
    .select('id')
    .where('customer_id', '=', customerId)
    .where('contractor_id', '=', contractorId)
    .executeTakeFirst();
  if (room === undefined) return { roomId: null, messages: [], lastSeq: 0, hasMore: false };
  const { rows, lastSeq, hasMore } = await readStretch(ctx, room.id, query);
  const messages = await presentForAdmin(ctx, adminId, rows);
  await recordReading(ctx, adminId, subject, messages);
  return { roomId: room.id, messages, lastSeq, hasMore };
}
