import type { Approval } from '@holdfast/contract';
import type { Selectable } from 'kysely';
import { publicPerson } from '../accounts/accounts.ts';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { AdminTables, Details } from '../db/tables/admin.ts';
import { breaksUnique } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { plainDetails } from './chain.ts';
import { recordAdminAction } from './record.ts';

export type ApprovalRow = Selectable<AdminTables['approvals']>;

/** What a module lets two admins do; called with what the first asked for, in the transaction of the approval. */
export type ApprovedAction = (
  ctx: Ctx,
  tx: Tx,
  approved: { id: string; subject: string; details: Details; requestedBy: string },
  actor: Actor,
) => Promise<void>;
/** By the name of the action, wired in app.ts. */
export type ApprovedActions = Readonly<Record<string, ApprovedAction>>;

const approvalLifeMs = 3 * dayMs;

/**
 * In place of the action itself: writes down what this admin asks for, to happen when another approves it. The details
 * hold all that the action needs besides its subject. Call it last, it writes the audit log. Throws conflict if the
 * same action on the same subject waits already.
 */
export async function requireApproval(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  request: { action: string; subject: string; details: Details },
): Promise<Approval> {
  const now = ctx.clock.now();
  const { action, subject } = request;
  // One that nobody decided in time is no obstacle, whether or not the sweep has been by.
  await tx
    .updateTable('approvals')
    .set({ decision: 'expired', decided_at: now })
    .where('action', '=', action)
    .where('subject', '=', subject)
    .where('decision', 'is', null)
    .where('expires_at', '<=', now)
    .execute();
  const row = await insert(tx, {
    id: newId('apv'),
    action,
    subject,
    details: JSON.stringify(plainDetails(request.details)),
    requested_by: actor.userId,
    requested_at: now,
    expires_at: addMs(now, approvalLifeMs),
  });
  await recordAdminAction(tx, now, {
    adminId: actor.userId,
    action: 'approval.request',
    subject,
    details: { approvalId: row.id, action, ...row.details },
  });
  return presentApproval(tx, row);
}

async function insert(tx: Tx, values: Parameters<typeof insertQuery>[1]): Promise<ApprovalRow> {
  try {
    return await insertQuery(tx, values).executeTakeFirstOrThrow();
  } catch (error) {
    if (breaksUnique(error, 'approvals_one_pending'))
      throw conflict('This waits for the approval of another admin already.');
    throw error;
  }
}

const insertQuery = (
  tx: Tx,
  values: Omit<ApprovalRow, 'details' | 'decision' | 'decided_by' | 'decided_at'> & { details: string },
) => tx.insertInto('approvals').values(values).returningAll();

/** As the API shows them; one more query for all the names. */
export async function presentApprovals(db: Db | Tx, rows: readonly ApprovalRow[]): Promise<Approval[]> {
  const ids = rows.flatMap((row) => [row.requested_by, ...(row.decided_by === null ? [] : [row.decided_by])]);
  const people = await publicPerson(db, ids);
  const named = (id: string) => ({ id, name: people.get(id)?.name ?? '' });
  return rows.map((row) => ({
    id: row.id,
    action: row.action,
    subject: row.subject,
    details: row.details,
    status: row.decision ?? 'pending',
    requestedBy: named(row.requested_by),
    requestedAt: row.requested_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    decidedBy: row.decided_by === null ? null : named(row.decided_by),
    decidedAt: row.decided_at?.toISOString() ?? null,
  }));
}

export const presentApproval = async (db: Db | Tx, row: ApprovalRow): Promise<Approval> =>
  (await presentApprovals(db, [row]))[0]!;
