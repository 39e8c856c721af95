import type { Approval } from '@holdfast/contract';
import { getUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { type ApprovalRow, type ApprovedActions, presentApproval } from './approvals.ts';
import { recordAdminAction } from './record.ts';

/**
 * Does what another admin asked for, in the transaction that approves it: if it cannot be done any more, its error is
 * the answer and the approval stays pending. Throws not_found, forbidden for one's own, or conflict.
 */
export async function approve(
  ctx: Ctx,
  actions: ApprovedActions,
  actor: Actor,
  approvalId: string,
): Promise<Approval> {
  return inTransaction(ctx.db, async (tx) => {
    const approval = await lockPending(ctx, tx, actor, approvalId);
    const requester = await getUser(tx, approval.requested_by);
    if (requester.role !== 'admin' || requester.suspended_at !== null || requester.deleted_at !== null)
      throw conflict('Who asked for this is no admin any more.');
    if (!Object.hasOwn(actions, approval.action))
      throw conflict('This action is not known to the server any more.');
    await actions[approval.action]!(
      ctx,
      tx,
      {
        id: approval.id,
        subject: approval.subject,
        details: approval.details,
        requestedBy: approval.requested_by,
      },
      actor,
    );
    return settle(ctx, tx, actor, approval, 'approved', {});
  });
}

/** Throws not_found, forbidden for one's own, or conflict. */
export async function reject(ctx: Ctx, actor: Actor, approvalId: string, reason: string): Promise<Approval> {
  return inTransaction(ctx.db, async (tx) => {
    const approval = await lockPending(ctx, tx, actor, approvalId);
    return settle(ctx, tx, actor, approval, 'rejected', { reason });
  });
}

async function lockPending(ctx: Ctx, tx: Tx, actor: Actor, approvalId: string): Promise<ApprovalRow> {
  const approval = await tx
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', approvalId)
    .forUpdate()
    .executeTakeFirst();
  if (approval === undefined) throw notFound('approval');
  if (approval.requested_by === actor.userId)
    throw new AppError('forbidden', 'You asked for this yourself: another admin must decide it.');
  if (approval.decision !== null) throw conflict(`This is ${approval.decision} already.`);
  if (approval.expires_at <= ctx.clock.now()) throw conflict('This has expired: ask for it again.');
  return approval;
}

async function settle(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  approval: ApprovalRow,
  decision: 'approved' | 'rejected',
  details: { reason?: string },
): Promise<Approval> {
  const now = ctx.clock.now();
  const row = await tx
    .updateTable('approvals')
    .set({ decision, decided_by: actor.userId, decided_at: now })
    .where('id', '=', approval.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordAdminAction(tx, now, {
    adminId: actor.userId,
    action: decision === 'approved' ? 'approval.approve' : 'approval.reject',
    subject: row.subject,
    details: { approvalId: row.id, action: row.action, requestedBy: row.requested_by, ...details },
  });
  return presentApproval(tx, row);
}
