import type { adminChat, InputOf, Report, ReportOutcome } from '@holdfast/contract';
import { getUser } from '../../accounts/accounts.ts';
import { recordAdminAction } from '../../admin/admin.ts';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { ReportRow } from '../../db/tables/chat.ts';
import { inTransaction } from '../../db/transaction.ts';
import { conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { presentReports } from './present-reports.ts';

/** Says what came of a report, which must have been done. Throws not_found or conflict. */
export async function closeReport(
  ctx: Ctx,
  actor: Actor,
  id: string,
  { outcome, note }: InputOf<typeof adminChat.closeReport>['body'],
): Promise<Report> {
  const now = ctx.clock.now();
  const row = await inTransaction(ctx.db, async (tx) => {
    const report = await tx
      .selectFrom('reports')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow(() => notFound('report'));
    if (report.closed_at !== null) throw conflict('This report is closed already.');
    await requireDone(tx, report, outcome);
    const closed = await tx
      .updateTable('reports')
      .set({ outcome, note, closed_by: actor.userId, closed_at: now })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordAdminAction(tx, now, {
      adminId: actor.userId,
      action: 'report.close',
      subject: id,
      details: { outcome, note, userId: report.user_id, messageId: report.message_id },
    });
    return closed;
  });
  return (await presentReports(ctx, actor.userId, [row]))[0]!;
}

/** What the report's end claims to have happened has. */
async function requireDone(tx: Tx, report: ReportRow, outcome: ReportOutcome): Promise<void> {
  if (outcome === 'suspended' && (await getUser(tx, report.user_id)).suspended_at === null)
    throw conflict('This person is not suspended: suspend them first.');
  if (outcome !== 'message_removed') return;
  const message = await tx
    .selectFrom('messages')
    .select('deleted_at')
    .where('id', '=', report.message_id)
    .executeTakeFirst();
  if (message === undefined) throw conflict('This report is not about a message.');
  if (message.deleted_at === null) throw conflict('The message is still there: remove it first.');
}
