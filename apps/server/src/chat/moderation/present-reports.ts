import type { Report } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import type { ReportRow } from '../../db/tables/chat.ts';
import { namesOf, presentForAdmin } from './present.ts';

/** Reports with the people and the messages that they are about, for this admin. */
export async function presentReports(
  ctx: Ctx,
  adminId: string,
  rows: readonly ReportRow[],
): Promise<Report[]> {
  const named = await namesOf(
    ctx,
    rows.flatMap((row) => [row.reporter_id, row.user_id, row.closed_by ?? []].flat()),
  );
  const messages = await messagesNamed(
    ctx,
    adminId,
    rows.flatMap((row) => row.message_id ?? []),
  );
  return rows.map((row) => ({
    id: row.id,
    reporter: named(row.reporter_id),
    person: named(row.user_id),
    message: messages.get(row.message_id ?? '') ?? null,
    messageText: row.message_text,
    reason: row.reason,
    description: row.description,
    createdAt: row.created_at.toISOString(),
    outcome: row.outcome,
    note: row.note,
    closedBy: row.closed_by === null ? null : named(row.closed_by),
    closedAt: row.closed_at?.toISOString() ?? null,
  }));
}

async function messagesNamed(ctx: Ctx, adminId: string, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, never>();
  const rows = await ctx.db.selectFrom('messages').selectAll().where('id', 'in', ids).execute();
  const messages = await presentForAdmin(ctx, adminId, rows);
  return new Map(messages.map((message) => [message.id, message]));
}
