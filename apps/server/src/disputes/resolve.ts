import {
  type Approval,
  amountStepMinor,
  type Dispute,
  type DisputeDecision,
  type DisputeResolution,
  formatMoney,
} from '@holdfast/contract';
import { type ApprovedActions, recordAdminAction, requireApproval } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { Details } from '../db/tables/admin.ts';
import type { DisputeRow } from '../db/tables/disputes.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { approvalAboveMinor, requireUnfrozen } from '../payments/payments.ts';
import { decide, refundOf, type Verdict } from './decide.ts';
import { type Case, findDispute, lockCase, requireOpen } from './lock.ts';
import { presentDispute } from './present.ts';

const action = 'dispute.resolve';

/**
 * An admin decides; a refund above the configured sum waits for a second one. Errors: not_found, validation_failed for
 * an amount that cannot be split off, conflict (closed, frozen for another reason, or waiting for approval already).
 */
export function resolveDispute(
  ctx: Ctx,
  actor: Actor,
  disputeId: string,
  input: DisputeResolution,
): Promise<{ dispute: Dispute; approval: Approval | null }> {
  return inTransaction(ctx.db, async (tx) => {
    const found = await lockNamed(tx, disputeId);
    requireOpen(found.dispute);
    const verdict: Verdict = {
      decision: input.decision,
      splitMinor: input.refundAmount,
      decidedBy: 'admin',
      adminId: actor.userId,
      note: input.note,
    };
    requireSplit(found, verdict);
    await requireUnfrozen(tx, found.payment.id, disputeId);
    if (refundOf(found, verdict) > approvalAboveMinor(ctx, found.payment.currency)) {
      const dispute = await presentDispute(tx, found.dispute);
      const details = { ...detailsOf(found, verdict), refundMinor: refundOf(found, verdict) };
      return {
        dispute,
        approval: await requireApproval(ctx, tx, actor, { action, subject: disputeId, details }),
      };
    }
    const dispute = await presentDispute(tx, await carryOut(ctx, tx, found, verdict, {}));
    return { dispute, approval: null };
  });
}

/** What happens when the second admin approves: the first one's decision, if it is still to be made. */
export const disputeActions: ApprovedActions = {
  [action]: async (ctx, tx, { id, subject, details, requestedBy }, actor) => {
    const found = await lockNamed(tx, subject);
    const verdict: Verdict = {
      decision: details.decision as DisputeDecision,
      splitMinor: details.splitMinor as number | undefined,
      decidedBy: 'admin',
      adminId: requestedBy,
      note: details.note as string,
    };
    requireOpen(found.dispute);
    if (!isSplittable(found, verdict)) throw conflict('Less is held now than was to be split.');
    await carryOut(ctx, tx, found, verdict, { approvalId: id, approvedBy: actor.userId });
  },
};

async function lockNamed(tx: Tx, disputeId: string): Promise<Case> {
  const dispute = await findDispute(tx, disputeId);
  if (dispute === undefined) throw notFound('dispute');
  return lockCase(tx, dispute);
}

async function carryOut(
  ctx: Ctx,
  tx: Tx,
  found: Case,
  verdict: Verdict & { adminId?: string },
  details: Details,
): Promise<DisputeRow> {
  const decided = await decide(ctx, tx, found, verdict);
  await recordAdminAction(tx, ctx.clock.now(), {
    adminId: verdict.adminId!,
    action,
    subject: found.dispute.id,
    details: { ...detailsOf(found, verdict), refundMinor: decided.refund_minor, ...details },
  });
  return decided;
}

const detailsOf = ({ booking }: Case, { decision, splitMinor, note }: Verdict): Details => ({
  bookingId: booking.id,
  decision,
  ...(splitMinor === undefined ? {} : { splitMinor }),
  currency: booking.currency,
  note,
});

const heldMinor = ({ payment }: Case): number => payment.amount_minor - payment.refunded_minor;

/** Something for each side, and in steps in which it can be paid to either. */
function isSplittable(found: Case, { splitMinor }: Verdict): boolean {
  if (splitMinor === undefined) return true;
  return splitMinor < heldMinor(found) && splitMinor % amountStepMinor(found.payment.currency) === 0;
}

function requireSplit(found: Case, verdict: Verdict): void {
  if (isSplittable(found, verdict)) return;
  const { currency } = found.payment;
  const held = formatMoney({ amount: heldMinor(found), currency });
  throw invalidField(
    'body.refundAmount',
    `must be less than the ${held} that are held, and a multiple of ${amountStepMinor(currency)}`,
  );
}
